"""Measures the error of the cycle models: counts the figures of the calibration table again.

    .venv/bin/python benchmarks/calibration.py FOLDER [IMAGE...] [--contributions] [--write]

FOLDER contains the images named in `tinylab/boards/calibration.toml`, as IMAGE.elf. They are linked
for the board's memories, initialise themselves, call a function `tl_run` several times, and end at
a BKPT. They are third-party code and not part of tinylab; docs/simulation.md describes them. Clock,
wait states and caches are set as in the table, and the calls after the first are counted. The last
column is the number of cycles simulated per second of processor time. `--contributions` repeats the
count with each mechanism disabled. `--write` writes the counts to the table.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from elftools.elf.elffile import ELFFile

from tinylab.boards import calibration, catalog, clocks
from tinylab.boards.board import Board, Core
from tinylab.boards.calibration import Figure
from tinylab.sim.core.emulated_core import MemoryTiming
from tinylab.sim.cycles.mechanisms.switches import MECHANISMS
from tinylab.sim.machine import Machine
from tinylab.sim.peripherals.core.core_debug import CoreState

LR, PC = 14, 15
DHCSR, HALT = 0xE000_EDF0, (0xA05F_0003).to_bytes(4, "little")
FUNCTION = "tl_run"
CALLS = 3
"""Number of calls; the last one is used, as the first has cold caches."""


class Counted(NamedTuple):
    """Cycles of one inference, and simulated cycles per second of processor time."""

    cycles: float
    speed: float


class CalibrationMachine(Machine):
    """A machine that ignores the breakpoint unit, to which ST's runtime writes."""

    def set_breakpoints(self, addresses: set[int]) -> None:
        pass


def board_of(figure: Figure) -> Board:
    """The virtual board on which the figure is simulated, with the memory timing of silicon."""
    board = catalog.by_name(figure.simulated_on)
    changed = figure.conditions.flash_word_bytes
    return (
        replace(board, timing={**board.timing, "flash_word_bytes": changed}) if changed else board
    )


def timing_of(figure: Figure, board: Board) -> MemoryTiming:
    """The wait states and caches of the measurement on silicon."""
    wanted = figure.conditions
    ratio = 1
    if board.core is Core.CORTEX_M7:
        solved = clocks.solve(board, min(figure.clock_hz, board.max_hz))
        ratio = round(solved.hz / solved.bus_hz)
    return MemoryTiming(
        wait_states=wanted.wait_states,
        instruction_cache=True,
        data_cache=True,
        prefetch=wanted.prefetch,
        bus_ratio=ratio,
        direct_mapped=wanted.direct_mapped,
    )


def load(machine: Machine, image: Path) -> int:
    """Load `image` into the machine's memories; returns the address of the timed function."""
    with image.open("rb") as file:
        elf = ELFFile(file)
        for segment in elf.iter_segments("PT_LOAD"):
            data, address = segment.data(), segment["p_paddr"]
            if data:
                memory = machine.memory.holding(address, len(data))
                if memory is None:
                    sys.exit(f"{image}: {machine.board.name} has no memory at {address:#x}")
                at = address - memory.base
                memory.buffer[at : at + len(data)] = data
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name(FUNCTION)
        return int(symbol["st_value"]) & ~1


def run_to(machine: Machine, address: int) -> int:
    """Run the core to `address`; returns its cycle count."""
    machine.core.set_breakpoints({address})
    machine.resume()
    while machine.state is CoreState.RUNNING:
        machine.wait(1)
    if machine.read_register(PC) != address:
        sys.exit(
            f"stopped at {machine.read_register(PC):#x}, {machine.state}: {machine.core.fault}"
        )
    return machine.core.cycles


def calls(machine: Machine, function: int) -> Iterator[int]:
    """Cycles of each call, from the function's entry to its return."""
    while True:
        entered = run_to(machine, function)
        yield run_to(machine, machine.read_register(LR) & ~1) - entered


def count(figure: Figure, image: Path, without: int = 0) -> Counted:
    """Count one inference of `figure`."""
    board = board_of(figure)
    machine = CalibrationMachine(board)
    try:
        machine.debug_write(DHCSR, HALT, len(HALT))
        function = load(machine, image)
        vectors = machine.memory.flash.buffer[:8]
        machine.core.reset(*(int.from_bytes(vectors[i : i + 4], "little") for i in (0, 4)))
        machine.core.configure(timing_of(figure, board))
        machine.core.leave_out(without)
        timed = calls(machine, function)
        next(timed)
        begun = time.process_time()
        warm = list(islice(timed, CALLS - 1))
        speed = sum(warm) / (time.process_time() - begun)
        return Counted(warm[-1] / figure.conditions.inferences_per_call, speed)
    finally:
        machine.close()


def show(figure: Figure, counted: Counted) -> None:
    cycles = counted.cycles
    kind = "tuned" if figure.tuned else "held out"
    error = 100 * (cycles / figure.published_cycles - 1)
    print(f"{figure.core.short:4}{figure.image:36}{figure.published_cycles:14,.0f}", end="")
    print(f"{cycles:14,.0f}{error:+8.1f} %  {kind:9}", end="")
    print(f"{counted.speed / 1e6:6.1f} million/s", flush=True)


def contributions(figure: Figure, image: Path) -> None:
    """Print the error without each mechanism."""
    for mechanism in MECHANISMS[figure.core]:
        counted = count(figure, image, int(mechanism))
        error = 100 * (counted.cycles / figure.published_cycles - 1)
        print(f"      without {mechanism.name!s:24}{error:+8.1f} %", flush=True)


def write(counted: Mapping[tuple[str, float], float]) -> None:
    """Write the counts to the table; the rest of it does not change."""
    blocks = calibration.TABLE.read_text(encoding="utf-8").split("[[figure]]\n")
    for number, block in enumerate(blocks[1:], 1):
        image = re.search(r'^image = "(.*)"$', block, re.M)
        mhz = re.search(r"^clock_mhz = (.*)$", block, re.M)
        assert image
        assert mhz
        cycles = counted.get((image[1], float(mhz[1]) * 1e6))
        if cycles is not None:
            line = f"simulated_cycles = {round(cycles):_}"
            blocks[number] = re.sub(r"^simulated_cycles = .*$", line, block, flags=re.M)
    calibration.TABLE.write_text("[[figure]]\n".join(blocks), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("images", nargs="*", help="count only these images")
    parser.add_argument("--contributions", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    counted = {}
    for figure in calibration.figures():
        image = arguments.folder / f"{figure.image}.elf"
        if not image.exists() or (arguments.images and figure.image not in arguments.images):
            continue
        inference = count(figure, image)
        counted[figure.image, figure.clock_hz] = inference.cycles
        show(figure, inference)
        if arguments.contributions:
            contributions(figure, image)
    if arguments.write:
        write(counted)


if __name__ == "__main__":
    main()
