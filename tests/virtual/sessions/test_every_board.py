"""What every board of the catalogue does as a virtual one, and one that only a user knows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.fakes.stations import connected, station
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.cli.main import main
from tinylab.errors import ExitCode
from tinylab.probe.discovery import list_probes

MADE_UP = Path(__file__).parents[2] / "fakes" / "boards" / "nucleo_f411re.toml"
BOARDS = pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)


@BOARDS
def test_a_virtual_board_is_discovered_as_itself(board: Board) -> None:
    with station(board) as (bus, _):
        [probe] = [one for one in list_probes(bus) if one.simulated]
    assert probe.problem is None
    assert (probe.board_name, probe.board_id) == (board.name, board.identity.board_id)
    assert probe.generation == board.probe.generation


@BOARDS
def test_the_chip_says_what_it_is(board: Board) -> None:
    identity = board.identity
    with connected(board) as connection:
        connection.identify()
        [idcode] = connection.read_words(identity.idcode_address, 1)
        assert (idcode & 0xFFF, idcode >> 16) == (identity.device_id, identity.revision_id)
        kilobytes = connection.read_bytes(identity.flash_size_address, 2)
        assert int.from_bytes(kilobytes, "little") * 1024 == board.flash.size


@BOARDS
def test_it_starts_at_the_clock_after_reset(board: Board) -> None:
    with station(board) as (_, device):
        assert device.machine.core_hz == board.clocks.reset_hz


def test_a_board_that_only_its_user_knows_is_built_for_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Data alone makes it: the file in the user's folder, and nothing else."""
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "boards").mkdir()
    shutil.copy(MADE_UP, tmp_path / "boards")
    asked = ["--headless", "--model", "house_price", "--on", "sim:nucleo_f411re@16,100"]
    assert main([*asked, "--inferences", "3", "--format", "json"]) == ExitCode.OK
    rows = {row["clock_hz"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert set(rows) == {16_000_000, 100_000_000}
    for row in rows.values():
        assert row["valid"] is True
        assert row["board"] == "nucleo_f411re"
        assert row["output"]["ok"] is True
        assert row["clock_measured_hz"] == pytest.approx(row["clock_hz"], rel=1e-4)
        assert row["expected_error_percent"] is None
    assert [rows[hz]["wait_states"] for hz in sorted(rows)] == [0, 3]
    slow, fast = (rows[hz]["cycles"]["median"] for hz in sorted(rows))
    assert slow < fast, "wait states cost cycles"
