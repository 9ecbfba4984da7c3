"""`python -m tests.campaign.announcing ...`: tinylab, which announces what its session has told.

One line each, to the file descriptor in ANNOUNCE: `stage build`, `samples 120` (measured so far),
`finished`, and `file` while a result file is being written, which takes longer than usual.
"""

from __future__ import annotations

import os
import sys
import time

from tinylab import atomic_files
from tinylab.bench.plan.events import Event, RunFinished, Samples, StageStarted
from tinylab.bench.session.session_results import SessionResults
from tinylab.cli.main import main

WRITING_S = 0.2


def say(text: str) -> None:
    os.write(int(os.environ["ANNOUNCE"]), f"{text}\n".encode())


def announce() -> None:
    take, sync = SessionResults.take, os.fsync

    def taken(results: SessionResults, event: Event) -> None:
        take(results, event)
        if isinstance(event, StageStarted):
            say(f"stage {event.stage}")
        elif isinstance(event, Samples) and not event.warmup:
            say(f"samples {event.total}")
        elif isinstance(event, RunFinished):
            say("finished")

    def synced(number: int) -> None:
        say("file")
        time.sleep(WRITING_S)
        sync(number)

    SessionResults.take = taken  # type: ignore[method-assign]
    atomic_files.os.fsync = synced  # type: ignore[attr-defined]


if __name__ == "__main__":
    announce()
    sys.exit(main())
