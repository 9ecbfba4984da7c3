"""The committed bytes of our flash algorithms are what their sources compile to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pyocd.target import TARGET

from tests.fakes.stations import connected
from tinylab.boards.catalog import by_name
from tinylab.probe import flash, flash_algorithms, targets
from tinylab.probe.flash_algorithms import HERE, FlashAlgorithm
from tinylab.probe.flash_algorithms.compile import compile_algorithm

WB, L4 = by_name("nucleo_wb55rg"), by_name("nucleo_l4r5zi")
ALGORITHMS = {"stm32wb": WB, "stm32l4r5": L4, "stm32u5": by_name("nucleo_u575zi_q")}
SOURCES = sorted(HERE.glob("*.c"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_same_compiler_makes_the_same_bytes(source: Path) -> None:
    committed = flash_algorithms.load(source.stem)
    fresh = compile_algorithm(source)
    if fresh.compiler != committed.compiler:
        pytest.skip(f"{fresh.compiler} here, made by {committed.compiler}")
    assert fresh == committed


@pytest.mark.parametrize("source", ALGORITHMS)
@pytest.mark.parametrize("which", ["committed", "fresh"])
def test_both_program_the_flash(source: str, which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    algorithm: FlashAlgorithm = (
        flash_algorithms.load(source)
        if which == "committed"
        else compile_algorithm(HERE / f"{source}.c")
    )
    board = ALGORITHMS[source]
    monkeypatch.setattr(flash_algorithms, "load", lambda name: algorithm)
    monkeypatch.delitem(TARGET, board.pyocd_target, raising=False)
    data = random.Random(3).randbytes(20_000)
    middle = board.flash.base + board.flash.size // 2 - len(data) // 2 // 8 * 8
    with connected(board) as connection:
        flash.program(connection, [(middle, data)], lambda done: None)
        assert connection.read_bytes(middle, len(data)) == data


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_layout_fits_into_the_ram_and_nothing_overlaps(source: Path) -> None:
    page = targets.PAGE
    layout = flash_algorithms.load(source.stem).for_pyocd(WB.ram[0].base, page)
    code_end = layout["load_address"] + 4 * len(layout["instructions"])
    first, second = layout["page_buffers"]
    assert code_end <= layout["end_stack"] < layout["begin_stack"] <= layout["analyzer_address"]
    assert layout["analyzer_address"] + 0x600 <= first
    assert first + page <= second
    assert second + page <= WB.ram[0].base + WB.ram[0].size


def test_registering_twice_is_harmless() -> None:
    assert targets.register(WB) == targets.register(WB) == "tinylab_stm32wb55"
