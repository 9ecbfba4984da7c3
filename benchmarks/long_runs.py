"""What a day at 20,000 samples a second costs: bytes, memory, time to list, compare and export.

    python -m benchmarks.long_runs [--hours 24] [--spread 0|1|2]

Writes the samples as a session does, in batches of 10 ms, to a database in a temporary folder.
Spread 0 is a simulated run, 1 a run with a jitter of a few cycles, 2 one with 3 %.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.fakes.records import record
from tinylab.cli.main import main as tinylab
from tinylab.results.store import Store
from tinylab.stats.cycles import summarize_counted
from tinylab.stats.series import Series

RATE = 20_000
BATCH = 200
POOL = 1 << 22
"""Samples that are made once and repeated."""
CYCLES = 853_214
SHORT = 10_000
"""Samples of the run that it is compared with."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--hours", type=float, default=1.0)
    options.add_argument("--spread", type=int, default=1, choices=(0, 1, 2))
    asked = options.parse_args()
    samples = int(asked.hours * 3600 * RATE)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TINYLAB_DATA_DIR"] = folder
        _measure(Path(folder) / "results.sqlite", samples, _pool(asked.spread))


def _pool(spread: int) -> np.ndarray:
    random = np.random.default_rng(1)
    if spread == 0:
        return np.full(POOL, CYCLES, np.uint64)
    if spread == 1:
        return (CYCLES + random.geometric(0.3, POOL)).astype(np.uint64)
    return (CYCLES * random.normal(1, 0.03, POOL)).astype(np.uint64)


def _measure(path: Path, samples: int, pool: np.ndarray) -> None:
    begun, before = time.perf_counter(), _memory()
    series = Series()
    with Store.open(path) as store:
        for length in (samples, SHORT):
            identity = record().identity
            run = store.begin_run(identity, length)
            for first, batch in _batches(length, pool):
                series.add(batch)
                store.append(run, first, batch)
            store.finish(run, replace(record(), cycles=summarize_counted(series.counted())))
            series = Series()
    spent = time.perf_counter() - begun
    print(f"{samples / 1e6:,.0f} million samples")
    print(f"  written   {spent:8.1f} s, {(samples + SHORT) / spent:,.0f} samples/s")
    per_million = path.stat().st_size / (samples + SHORT) * 1e3
    print(f"  file      {per_million:8.1f} KB a million samples")
    print(f"  memory    {_memory() - before:8.1f} MB more")
    for words in (["history"], ["compare", "1", "2"], ["export", "1"]):
        begun = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            tinylab(words)
        print(f"  {words[0]:9} {time.perf_counter() - begun:8.2f} s")
    begun = time.perf_counter()
    with Store.open(path) as store:
        counted = store.counted(1)
    print(f"  counted   {time.perf_counter() - begun:8.2f} s, {counted.size:,} samples")
    print(f"  memory    {_memory() - before:8.1f} MB more")


def _batches(samples: int, pool: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    for first in range(0, samples, BATCH):
        at = first % (POOL - BATCH)
        yield first, pool[at : at + min(BATCH, samples - first)]


def _memory() -> float:
    """The most this process has used, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
