"""What is in each memory of whole runs: every byte is counted once, on every core."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.cubeai.folder import StandIn
from tinylab.boards import catalog as boards
from tinylab.cli.main import main
from tinylab.results.memory_record import PARTS
from tinylab.zoo import catalog, load

BOARDS = ["nucleo_wb55rg", "nucleo_f446re", "nucleo_h723zg", "nucleo_u575zi_q"]
Row = Mapping[str, Any]
Memories = Mapping[str, Mapping[str, int]]


def run(folder: Path, board: str, *words: str) -> Row:
    result = folder / "run.json"
    asked = ("--headless", "--on", f"sim:{board}", "--inferences", "1")
    assert main([*asked, *words, "-o", str(result)]) == 0
    [row] = json.loads(result.read_text())["rows"]
    return row  # type: ignore[no-any-return]


def checked(row: Row) -> Memories:
    """The memories by name, whose parts are the whole of flash and RAM, and fit the board."""
    found = {one["memory"]: one for one in row["memory"]}
    board = boards.by_name(row["board"])
    sizes = {one.word: one.size for one in (*board.ram, *board.other_ram)}
    sizes["flash"] = board.flash.size
    assert len(found) == len(row["memory"])
    for name, use in found.items():
        assert use["used"] == sum(use[part] for part in PARTS) <= use["limit"] == sizes[name]
    flash, *ram = row["memory"]
    assert flash["memory"] == "flash"
    assert flash["used"] == row["flash_bytes"]
    assert sum(one["used"] - one["stack"] for one in ram) == row["ram_bytes"]
    assert [one["stack"] for one in ram if one["stack"]] == [row["stack_bytes"]]
    assert row["weights_bytes"] <= flash["weights"] < row["weights_bytes"] + 32
    assert flash["code"] > 3000
    return found


def total(memories: Memories, part: str) -> int:
    return sum(use[part] for use in memories.values())


def sts_code(folder: Path, board: str) -> Sequence[str]:
    """ST's code by its stand-in."""
    core = boards.by_name(board).core.short
    found = catalog.find("house_price")
    assert isinstance(found, catalog.CatalogModel)
    code = StandIn(load.load(found.keras), "ai_7", (10, 2, 0), cores=(core,))
    made = code.write(folder / "generated")
    return "--model", "house_price", "--cubeai-dir", str(made)


@pytest.mark.parametrize("board", BOARDS)
def test_parts_are_the_whole_on_every_core(tmp_path: Path, board: str) -> None:
    row = run(tmp_path, board, "--model", "house_price")
    memories = checked(row)
    assert total(memories, "activations") == row["activations_bytes"]
    assert total(memories, "io") == 76 + 4


@pytest.mark.parametrize("board", ["nucleo_wb55rg", "nucleo_h723zg"])
def test_parts_of_sts_code(tmp_path: Path, board: str) -> None:
    row = run(tmp_path, board, *sts_code(tmp_path, board))
    memories = checked(row)
    assert total(memories, "activations") >= row["activations_bytes"]


def test_copies_are_in_both_memories(tmp_path: Path) -> None:
    place = "weights=axi,activations=sram1,scratch=sram2,code=itcm"
    words = ("--model", "house_price:int8", "--optimize", "speed", "--place", place)
    row = run(tmp_path, "nucleo_h723zg", *words)
    memories = checked(row)
    assert 0 <= memories["axi"]["weights"] - row["weights_bytes"] < 64
    assert memories["axi"]["used"] == memories["axi"]["weights"]
    assert 0 < memories["itcm"]["code"] < memories["flash"]["code"]
    assert memories["sram1"]["activations"] == memories["sram1"]["used"] > 0
    assert memories["sram2"]["scratch"] == memories["sram2"]["used"] > 0


def test_bars_are_printed_with_the_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = run(tmp_path, "nucleo_wb55rg", "--model", "house_price", "--profile")
    out = capsys.readouterr().out
    memories = checked(row)
    for part in ("weights", "stack", "activations"):
        [line] = [one for one in out.splitlines() if one.split()[:1] == [part]]
        assert f"{total(memories, part):,}" in line
