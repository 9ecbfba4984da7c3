"""The folder in which PlatformIO works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinylab.build.workspace import Workspace
from tinylab.errors import Interrupted


def test_only_files_that_differ_are_written(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.fill({"bench/same.c": b"same", "bench/new.c": b"old", "bench/gone.c": b""})
    same, new = workspace.project / "same.c", workspace.project / "new.c"
    before = same.stat().st_mtime_ns
    workspace.fill({"bench/same.c": b"same", "bench/new.c": b"new"})

    assert same.stat().st_mtime_ns == before
    assert new.read_bytes() == b"new"
    assert not (workspace.project / "gone.c").exists()


def test_filling_spares_what_was_built(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    product = workspace.product("board")
    product.parent.mkdir(parents=True)
    product.touch()
    workspace.fill({"bench/main.c": b""})
    assert product.exists()


def test_second_builder_waits_and_can_give_up(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with (
        workspace.locked(lambda: False),
        pytest.raises(Interrupted),
        workspace.locked(lambda: True),
    ):
        pass
    with workspace.locked(lambda: True):
        pass


def test_products_of_a_build_that_was_cut_off_are_dropped(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    product = workspace.product("board")
    product.parent.mkdir(parents=True)
    product.touch()
    with workspace.building():
        pass
    assert product.exists()
    with pytest.raises(Interrupted), workspace.building():
        raise Interrupted("Stopped.")
    with workspace.building():
        assert not product.exists()
