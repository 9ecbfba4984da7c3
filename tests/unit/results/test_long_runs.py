"""Long runs in the database: joined into blocks, in bounded space, with right statistics."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests import mounted
from tests.fakes.records import record
from tests.unit.results.test_results_store import RUN
from tinylab.results import loose_batches
from tinylab.results.store import Store
from tinylab.stats.cycles import summarize, summarize_counted

BATCH = 700


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long run is one of 40,000 samples."""
    monkeypatch.setattr(loose_batches, "ORDERED", 4_000)
    monkeypatch.setattr(loose_batches, "COUNTED", 20_000)
    monkeypatch.setattr(loose_batches, "KEPT", 40_000)


def stored(path: Path, cycles: np.ndarray) -> int:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        for first in range(0, cycles.size, BATCH):
            store.append(run, first, cycles[first : first + BATCH])
        store.finish(run, record())
    return run


def jitter(count: int) -> np.ndarray:
    return (853_214 + np.random.default_rng(2).geometric(0.3, count)).astype(np.uint64)


def test_all_samples_of_a_short_run_are_kept_in_their_order(path: Path) -> None:
    cycles = jitter(200_000)
    run = stored(path, cycles)
    with Store.open(path) as store:
        assert store.samples(run).tolist() == cycles.tolist()
        assert store.run(run).samples == cycles.size
    assert _rows(path) == 4


@pytest.mark.usefixtures("small_blocks")
def test_of_a_long_run_the_figures_are_those_of_every_sample(path: Path) -> None:
    cycles = jitter(150_001)
    cycles[-1] = 2_000_000
    run = stored(path, cycles)
    with Store.open(path) as store:
        counted = store.counted(run)
        assert summarize_counted(counted) == summarize(cycles)
        assert counted.total() == int(cycles.sum())
        assert store.run(run).samples == cycles.size
        in_order = store.samples(run)
    assert 40_000 <= in_order.size < cycles.size
    assert in_order.tolist() == cycles[: in_order.size].tolist()
    assert _rows(path) < 25


@pytest.mark.usefixtures("small_blocks")
def test_the_file_grows_with_the_spread_not_with_the_samples(path: Path) -> None:
    stored(path, jitter(100_000))
    before = _size(path)
    stored(path, np.tile(jitter(100_000), 4))
    assert _size(path) - before < 60_000


def test_lost_samples_leave_a_gap_only(path: Path) -> None:
    cycles = jitter(3_000)
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        store.append(run, 0, cycles[:1000])
        store.append(run, 5000, cycles[1000:])
        store.interrupt(run)
        assert store.samples(run).tolist() == cycles.tolist()


def test_a_changed_batch_of_a_running_run_costs_only_itself(path: Path) -> None:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        for first in range(0, 30, 10):
            store.append(run, first, np.arange(first, first + 10, dtype=np.uint64))
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("UPDATE samples SET cycles = 'text' WHERE first_index = 10")
        store.finish(run, record())
        assert store.samples(run).tolist() == [*range(10), *range(20, 30)]


def test_what_cannot_be_joined_on_a_full_disk_is_kept_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(loose_batches.LooseBatches, "join", full)
    cycles = jitter(140_000)
    run = stored(path, cycles)
    with Store.open(path) as store:
        assert store.samples(run).tolist() == cycles.tolist()


WRITER = """
import sys, numpy as np
from pathlib import Path
from tests.unit.results.test_results_store import RUN
from tinylab.results.store import Store
number = int(sys.argv[2])
with Store.open(Path(sys.argv[1])) as store:
    run = store.begin_run(RUN)
    for first in range(0, 100_000, 1000):
        store.append(run, first, np.arange(first, first + 1000, dtype=np.uint64) + number * 2**40)
    store.interrupt(run, str(number))
"""


def test_several_processes_write_at_once_and_nothing_is_lost(path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(number)])
        for number in range(4)
    ]
    assert [child.wait(timeout=120) for child in children] == [0] * 4
    with Store.open(path) as store:
        runs = store.recent()
        assert sorted(run.message for run in runs) == list("0123")
        for run in runs:
            kept = store.samples(run.id) - np.uint64(int(run.message) * 2**40)
            assert kept.tolist() == list(range(100_000))


FILLER = """
import sys, numpy as np
from pathlib import Path
from tests.unit.results.test_results_store import RUN
from tinylab.errors import OutputError
from tinylab.results.store import Store
path, kept = Path(sys.argv[1]), 0
random = np.random.default_rng(4)
try:
    with Store.open(path) as store:
        run = store.begin_run(RUN)
        while True:
            store.append(run, kept, random.integers(0, 2**60, 1000, dtype=np.uint64))
            kept += 1000
except OutputError as error:
    print(error.message, error.remedy)
with Store.reading(path) as store:
    expected = np.random.default_rng(4)
    wanted = [expected.integers(0, 2**60, 1000, dtype=np.uint64) for _ in range(kept // 1000)]
    same = store.samples(run).tolist() == np.concatenate(wanted).tolist()
    print("kept", kept, "same", same, "counted", store.counted(run).size)
"""


def test_a_disk_that_fills_up_in_mid_run_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    """A real one, of 6 MB, with samples that cannot be compressed."""
    disk, script = tmp_path / "disk", tmp_path / "filler.py"
    disk.mkdir()
    script.write_text(FILLER)
    done = mounted.run(
        [mounted.small(disk, "6m"), f"'{sys.executable}' '{script}' '{disk}/results.sqlite'"],
        PYTHONPATH=str(Path(__file__).parents[3]),
    )
    assert done.returncode == 0, done.stderr
    assert "cannot be written" in done.stdout
    assert "Free space on the disk" in done.stdout
    kept = int(done.stdout.split("kept ")[1].split()[0])
    assert kept > 100_000
    assert f"same True counted {kept}" in done.stdout


def _rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM samples").fetchone()
    return int(count)


def _size(path: Path) -> int:
    """Of the database itself; it is closed, so there is no log beside it."""
    return path.stat().st_size
