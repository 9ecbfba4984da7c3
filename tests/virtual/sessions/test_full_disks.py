"""Disks that become full while a session works: nothing measured is lost, and it is told."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests import mounted
from tests.guard import CACHE
from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode
from tinylab.results.record import RunDocument
from tinylab.results.store import Store

ON = ("--on", "sim:nucleo_wb55rg@64")
RUN = (*ON, "--inferences", "5")
LINE = f"{mounted.TINYLAB} run --model house_price --on sim:nucleo_wb55rg@64 --inferences 3"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(folder))
    return folder


@pytest.mark.parametrize("method", ["begin_run", "identify", "append", "finish", "fail"])
def test_a_database_that_fails_costs_no_row_and_no_failure(
    method: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """SQLite's own error: from the first call of `method` on, nothing can be written."""
    done = getattr(Store, method)

    def refused(store: Store, *arguments: object) -> object:
        store._connection.execute("PRAGMA query_only = ON")
        return done(store, *arguments)

    monkeypatch.setattr(Store, method, refused)
    out = tmp_path / "out.json"
    models = ("--model", "house_price", "--model", "image_classification")
    code = main(["run", *models, "--on", "sim:nucleo_f401re@84", "--inferences", "5",
                 "--compression", "none", "-o", str(out)])  # fmt: skip
    said = capsys.readouterr()
    document = RunDocument.parse(out.read_text(), "out.json")
    assert [row.model for row in document.rows] == ["house_price"]
    assert [failure.model for failure in document.failures] == ["image_classification"]
    assert code == ExitCode.BUILD, "the worst failure is that the second does not fit"
    assert "not completely in the results database" in said.err
    assert str(paths.results_database()) in said.err
    if method != "fail":
        assert "not completely in the results database" in document.rows[0].warnings[-1]
        assert document.rows[0].valid


def test_the_exit_code_tells_that_a_good_run_is_not_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    append = Store.append

    def full(store: Store, run: int, first: int, cycles: npt.NDArray[np.uint64]) -> None:
        store._connection.execute("PRAGMA max_page_count = 1")
        append(store, run, first, np.zeros(100_000, np.uint64))

    monkeypatch.setattr(Store, "append", full)
    assert main(["run", "--model", "house_price", *RUN]) == ExitCode.INPUT
    said = capsys.readouterr().err
    assert said.count("This run is not completely in the results database") == 1
    assert f"Free space on the disk of {paths.data()}" in said


@pytest.mark.parametrize("size", ["4k", "700k"])
def test_a_full_disk_of_the_cache_is_told_with_its_folder(size: str, tmp_path: Path) -> None:
    """There is no room to build."""
    cache, out = tmp_path / "cache", tmp_path / "out.json"
    cache.mkdir()
    done = mounted.run(
        [mounted.small(cache, size), f"{LINE} -o '{out}'"], TINYLAB_CACHE_DIR=str(cache)
    )
    assert done.returncode == ExitCode.BUILD, done.stderr
    assert "No space left on device" in done.stderr
    assert f"Free space on the disk of {cache}" in done.stderr
    assert "Internal error" not in done.stderr


def test_a_full_cache_that_has_the_image_does_not_matter(tmp_path: Path) -> None:
    """Networks and compiled hooks are made again; the image is there."""
    cache, out = tmp_path / "cache", tmp_path / "out.json"
    shutil.copytree(CACHE / "images", tmp_path / "images")
    cache.mkdir()
    # The tests' cache holds the images of all tests so far; each file takes whole pages.
    used = sum(path.stat().st_size + 4096 for path in (tmp_path / "images").rglob("*"))
    done = mounted.run(
        [
            mounted.small(cache, f"{used // 1024 + 4096}k"),
            f"cp -r '{tmp_path}/images' '{cache}'",
            mounted.fill(cache),
            f"{LINE} -o '{out}'",
        ],
        TINYLAB_CACHE_DIR=str(cache),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["rows"][0]["valid"]


def test_a_result_file_on_a_full_disk_keeps_its_content(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    done = mounted.run(
        [
            mounted.small(place, "64k"),
            f"echo before > '{place}/out.json'",
            mounted.fill(place),
            f"{LINE} -o '{place}/out.json'; code=$?; cat '{place}/out.json'; ls -A '{place}'",
            "exit $code",
        ]
    )
    assert done.returncode == ExitCode.INPUT, done.stderr
    assert "No space left on device" in done.stderr
    assert done.stdout.split()[-3:] == ["before", "filling", "out.json"]
    assert os.listdir(place) == []
