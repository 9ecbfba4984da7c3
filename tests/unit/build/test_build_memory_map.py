"""What PlatformIO and the linker are told of a board."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import pytest
from platformio.platform.board import PlatformBoardConfig

from tinylab import paths
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.build.memory_map import STACK_BYTES, board_manifest, linker_regions
from tinylab.build.project import project_files

BOARDS = pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)


def regions(text: bytes) -> dict[str, tuple[int, int]]:
    found = re.findall(r"(\w+) \(\w+\) : ORIGIN = (\w+), LENGTH = (\w+)", text.decode())
    return {name: (int(origin, 0), int(length, 0)) for name, origin, length in found}


@BOARDS
def test_stack_is_the_top_of_the_first_ram(board: Board) -> None:
    known = regions(linker_regions(board))
    ram, stack = known["RAM"], known["STACK"]
    assert ram[0] == board.ram[0].base
    assert ram[0] + ram[1] == stack[0]
    assert stack[0] + stack[1] == board.ram[0].base + board.ram[0].size
    assert stack[1] == STACK_BYTES
    assert known["FLASH"] == (board.flash.base, board.flash.size)


@BOARDS
def test_every_ram_can_hold_the_arena(board: Board) -> None:
    for memory in (*board.ram, *board.other_ram):
        text = linker_regions(board, memory)
        alias = re.search(r'REGION_ALIAS\("ARENA", (\w+)\)', text.decode())
        assert alias is not None
        assert regions(text)[alias[1]][0] == memory.base


@BOARDS
def test_platformio_reads_the_manifest(board: Board, tmp_path: Path) -> None:
    path = tmp_path / f"{board.name}.json"
    path.write_bytes(board_manifest(board))
    config = PlatformBoardConfig(str(path))
    assert config.get("build.cpu") == board.core.value
    assert config.get("build.fpu") == board.fpu
    assert json.loads(path.read_bytes())["upload"]["maximum_size"] == board.flash.size


@BOARDS
def test_the_project_has_the_boards_environments(board: Board) -> None:
    files = project_files(board, {}, paths.platformio_projects())
    parser = configparser.RawConfigParser()
    parser.read_string(files["bench/platformio.ini"].decode())
    assert parser.get(f"env:{board.name}", "board") == board.name
    environments = [name for name in parser.sections() if name.startswith("env:")]
    assert environments == [f"env:{board.name}", f"env:st_{board.name}"]
