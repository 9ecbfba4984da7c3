"""Measures the duration of the default plan with an empty cache, and again with a full one.

    .venv/bin/python benchmarks/default_plan.py

The budget on two cores is 60 s and 20 s. Prints the seconds in total and by stage (the stages
of two stations overlap, so their sum is larger than the total).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter


def run(home: str) -> tuple[float, Counter[str]]:
    """Wall-clock seconds of one run, and seconds by stage."""
    environment = dict(os.environ, TINYLAB_CACHE_DIR=f"{home}/cache", TINYLAB_DATA_DIR=home)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tinylab", "--headless", "--format", "json"],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.perf_counter() - started
    stages: Counter[str] = Counter()
    for row in json.loads(done.stdout)["rows"]:
        stages.update(row["stages"])
    return seconds, stages


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        for label in ("empty cache", "full cache"):
            seconds, stages = run(home)
            parts = ", ".join(f"{name} {value:.1f}" for name, value in stages.items())
            print(f"{label}: {seconds:.1f} s ({parts})")


if __name__ == "__main__":
    main()
