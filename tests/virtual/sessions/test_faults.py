"""Every fault of a desk, through the bus and the whole command: the rows of `fault_table`.

A row says how a fault is played and what the user is told. After each one the same is looked
at: exit code, message, remedy, no traceback, no prompt, the probe let go, no sample lost; and
with the fault gone the board is measured again. A new fault is a new row.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.lab import Desk, Ended, desk, fields_of
from tests.fakes.own_firmware import own_elf
from tests.virtual.sessions.fault_table import ROWS, UNLOCK, Row
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def _run(row: Row, desk: Desk) -> Ended:
    if not row.arguments:
        return desk.measure(on=row.request(desk))
    words = (word.replace("LABEL", desk.label) for word in row.arguments)
    return desk.run(*(word.replace("FOLDER", str(desk.home)) for word in words))


def _check(row: Row, desk: Desk, ended: Ended) -> None:
    assert ended.code == row.code, ended.said
    assert row.message in ended.said
    assert row.remedy in ended.said
    assert "Traceback" not in ended.said
    assert "Internal error in tinylab" not in ended.said
    assert desk.bus.held == (), "the probe is left claimed or open"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("row", fields_of(ROWS))
def test_a_fault_is_told_and_nothing_is_lost(row: Row, home: Path) -> None:
    with desk(row.board, home) as scene:
        with scene.fault():
            row.play(scene)
            ended = _run(row, scene)
        _check(row, scene, ended)
        assert scene.kept() == scene.told, "samples are lost"
        if row.own:
            on = row.request(scene).partition("@")[0]
            image = own_elf(by_name(on.partition("#")[0]), home / "own", "void reset(void) {}")
            _check(row, scene, scene.run("--headless", "--firmware", str(image), "--on", on))
        if row.own and row.code == ExitCode.STATION and row.remedy != UNLOCK:
            _check(row, scene, scene.run("option-bytes", on))
        row.cure(scene)
        again = scene.measure()
        assert again.code == ExitCode.OK, again.said
        assert scene.bus.held == ()
