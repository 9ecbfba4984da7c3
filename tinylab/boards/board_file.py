"""Reads a board's file; docs/boards.md describes its keys, docs/schemas/ has its JSON Schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from tinylab import text_files
from tinylab.boards import calibration, clocks
from tinylab.boards.board import Board, Bus, Memory
from tinylab.boards.board_document import NEEDED, BoardFile
from tinylab.boards.decoding import decode
from tinylab.boards.family_table import Peripherals, model_of, of_family
from tinylab.boards.timing import TIMINGS
from tinylab.errors import ClockError, InputError
from tinylab.plain_files import MIB

LARGEST = MIB


def read_board(path: Path, *, tested: bool = False) -> Board:
    """Read the board in one file.

    The clocks of a `tested` file, such as those of the catalogue, are not solved again: that
    would take longer than everything else, at each start.

    Raises InputError, which names the file, the key, and the problem.
    """
    try:
        board = _board(decode(text_files.read_toml(path, LARGEST), BoardFile))
        if not tested:
            _check_clocks(board)
    except InputError as error:
        raise _unusable(path, str(error)) from error
    return board


def _unusable(path: Path, why: str) -> InputError:
    return InputError(
        f"The board file {path} cannot be used: {why.rstrip('.')}.",
        remedy="Correct it, or move it out of that folder; docs/boards.md describes every key.",
    )


def _board(file: BoardFile) -> Board:
    flash, peripherals = file.flash, _peripherals(file)
    error = file.expected_error
    percent, source = (
        (error.percent, error.source) if error else calibration.expected_error(file.name, file.core)
    )
    of_general_code, general_source = (
        (error.percent, error.source)
        if error
        else calibration.expected_error(file.name, file.core, calibration.CodeClass.GENERAL)
    )
    board = Board(
        name=file.name,
        title=file.title,
        mcu=file.mcu,
        core=file.core,
        fpu=file.fpu,
        family=file.family,
        flash=Memory(flash.name, flash.base, flash.size, Bus.FLASH),
        boot_alias=flash.boot_alias,
        ram=file.ram,
        other_ram=file.other_ram,
        st_memory=_st_memory(file),
        aliases=file.aliases,
        flash_layout=flash.layout,
        identity=file.identity,
        probe=file.probe,
        serial=file.serial,
        pyocd_target=file.pyocd_target,
        caches=file.caches,
        clocks=decode(file.clocks, clocks.FAMILIES[file.family], ("clocks",)),
        timing=asdict(decode(file.timing, TIMINGS[file.core], ("timing",))),
        peripherals=peripherals.bases,
        models=peripherals.models,
        interrupts={**peripherals.interrupts, **file.interrupts},
        dma_requests={**peripherals.dma_requests, **file.dma_requests},
        expected_error_percent=percent,
        expected_error_source=source,
        general_code_error_percent=of_general_code,
        general_code_error_source=general_source,
        sources=file.sources,
        common_clocks_mhz=file.common_clocks_mhz,
    )
    _check_aliases(board)
    _check_memories((board.flash, *board.all_ram))
    return board


def _st_memory(file: BoardFile) -> str:
    name = file.st_memory or file.ram[0].name
    if name not in [memory.name for memory in file.ram]:
        raise InputError(f"st_memory is {name!r}, which is none of [[ram]]")
    return name


def _peripherals(file: BoardFile) -> Peripherals:
    listed, serial = file.peripherals, file.serial.name
    for name in NEEDED:
        if name not in listed:
            raise InputError(f"[peripherals] lacks the key {name}")
    if isinstance(listed, tuple):
        return of_family(file.family, listed, serial)
    models = {name: model_of(file.family, name) for name in (*listed, serial)}
    return Peripherals(listed, models, {}, {})


def _check_aliases(board: Board) -> None:
    """Each must be of one memory, so that clock and bus are those of that memory."""
    memories = (*board.ram, *board.other_ram)
    for alias in board.aliases:
        end = alias.of + alias.size
        if not any(m.base <= alias.of and end <= m.base + m.size for m in memories):
            raise InputError(f"the alias at {alias.base:#x} is not of a part of one memory")


def _check_memories(memories: Sequence[Memory]) -> None:
    for memory in memories:
        if memory.base + memory.size > 1 << 32:
            raise InputError(f"the memory {memory.name} ends beyond the address space")
    for below, above in pairwise(sorted(memories, key=lambda memory: memory.base)):
        if below.base + below.size > above.base:
            raise InputError(f"the memories {below.name} and {above.name} overlap")


def _check_clocks(board: Board) -> None:
    for mhz in board.common_clocks_mhz:
        try:
            clocks.solve(board, mhz * 1e6)
        except ClockError as error:
            raise InputError(f"common_clocks_mhz contains {mhz:g}. {error}") from error
        except (ArithmeticError, LookupError, ValueError, StopIteration) as error:
            raise InputError(f"[clocks] allows no setting for {mhz:g} MHz: {error!r}") from error
