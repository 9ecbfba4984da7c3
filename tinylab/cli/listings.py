"""The commands that list what there is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tinylab.boards.board import Board, Core
from tinylab.boards.placement import PARTS, choices, word_of
from tinylab.cli.output import print_error, print_json, print_listing
from tinylab.errors import ExitCode
from tinylab.units import megahertz, plus_minus, size

if TYPE_CHECKING:
    from tinylab.boards import calibration


def boards(arguments: argparse.Namespace) -> int:
    """`tinylab boards`: the catalogue."""
    from tinylab.boards import catalog, clocks
    from tinylab.boards.calibration import CodeClass

    def row(board: Board) -> dict[str, object]:
        low, high = clocks.limits(board)
        return {
            "name": board.name,
            "title": board.title,
            "mcu": board.mcu,
            "core": board.core.value,
            "fpu": board.fpu,
            "flash_bytes": board.flash.size,
            "ram": [{"name": ram.name, "bytes": ram.size} for ram in board.ram],
            "place": {
                part: [word_of(board, memory) for memory in choices(board, part)] for part in PARTS
            },
            "min_clock_hz": low,
            "max_clock_hz": high,
            "common_clocks_hz": [mhz * 1e6 for mhz in board.common_clocks_mhz],
            "caches": board.caches,
            "probe": board.probe.generation,
            "serial_port": board.serial.name,
            "simulated_as": f"sim:{board.name}",
            "expected_error_percent": board.expected_error_percent,
            "expected_error_source": board.expected_error_source,
            "tried_on_silicon": board.sources.get("silicon"),
        }

    for error in catalog.unusable():
        print_error(error)
    code = ExitCode.INPUT if catalog.unusable() else ExitCode.OK
    if arguments.json:
        print_json([row(board) for board in catalog.all_boards()])
        return code
    print_listing(
        ("board", "MCU", "core", "flash", "RAM", "clock", "SIM error"),
        (
            (
                board.name,
                board.mcu,
                board.core.short,
                size(board.flash.size),
                size(sum(ram.size for ram in board.ram)),
                " to ".join(megahertz(hz) for hz in clocks.limits(board)),
                plus_minus(board.expected_error_percent),
            )
            for board in catalog.all_boards()
        ),
        right="flash RAM",
    )
    print(
        "\nSIM error: the largest error of networks against silicon, of the board or else its core."
    )
    for core in Core:
        for kind in CodeClass:
            print(f"{core.label}, {kind}: {_compared(core, kind)}")
    return code


def _compared(core: Core, code: calibration.CodeClass) -> str:
    """`24 figures, median 2.1 %, worst 8.2 %; 9 of them not used for tuning: median ...`."""
    from tinylab.boards import calibration

    def told(found: calibration.Summary) -> str:
        return f"median {found.median_percent:.1f} %, worst {found.worst_percent:.1f} %"

    every = calibration.summary(calibration.of_core(core, code=code))
    held_out = calibration.summary(calibration.of_core(core, tuned=False, code=code))
    if every is None:
        return "no comparison with silicon"
    text = f"{every.figures} figures, {told(every)}"
    if held_out is None:
        return text
    return f"{text}; {held_out.figures} of them not used for tuning: {told(held_out)}"
