"""A session may be started while the watch over the probes is still being imported."""

from __future__ import annotations

import subprocess
import sys

TWO_THREADS = """
import threading
from tinylab.bench.plan.plan import Plan
from tinylab.screens import app_context, threads

told, stopped, both = [], threading.Event(), threading.Barrier(2)
stopped.set()

def watch():
    both.wait()
    threads.watch_probes(app_context.usb_bus, stopped, told.append)

def session():
    both.wait()
    with threads._errors_reported(told.append):
        list(app_context.late_session(Plan(()), None, stopped))

pair = [threading.Thread(target=watch), threading.Thread(target=session)]
for one in pair: one.start()
for one in pair: one.join()
for message in told: print(message.error)
"""


def test_both_threads_get_whole_modules() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TWO_THREADS], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout == ""
