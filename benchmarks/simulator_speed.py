"""Measures simulated cycles per second of the virtual boards, on one core of this machine.

    .venv/bin/python benchmarks/simulator_speed.py

Runs each network of the catalogue on each virtual board at its highest clock, as a user
would, and divides the measured cycles by the seconds of the measuring stage. The target
is 50 million cycles/s for the M4 and 30 million for the M7.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

from tinylab.bench.plan.events import RunFinished, Samples
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.session import session
from tinylab.boards import catalog
from tinylab.results.store import Store


def main() -> None:
    for board in catalog.all_boards():
        plan = make_plan([], [parse_station(f"sim:{board.name}")], Options(warmup=0))
        cycles: dict[int, int] = {}
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "db") as store:
            for event in session.run(plan, store=store, cancelled=threading.Event()):
                if isinstance(event, Samples):
                    counted = int(event.recent.sum())
                    cycles[event.job.index] = cycles.get(event.job.index, 0) + counted
                elif isinstance(event, RunFinished):
                    seconds = event.record.stages.measure_s
                    speed = cycles[event.job.index] / seconds / 1e6
                    print(f"{board.core.short} {event.job.model}: {speed:.1f} million cycles/s")


if __name__ == "__main__":
    main()
