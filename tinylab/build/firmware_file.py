"""Reads a firmware image that was built elsewhere: ELF, Intel HEX, or raw binary."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from intelhex import IntelHex, IntelHexError

from tinylab import plain_files
from tinylab.boards.board import Board, Core, Memory
from tinylab.build.core_attributes import CompiledFor, compiled_for
from tinylab.build.elf import Segment
from tinylab.build.elf_damage import elf_damage, require_readable
from tinylab.build.symbols import THUMB, Function, Symbols, read_symbols
from tinylab.errors import DoesNotFit, InputError

ELF_MAGIC = b"\x7fELF"
HEX_SUFFIXES, BINARY_SUFFIXES = (".hex", ".ihex", ".ihx"), (".bin",)
KINDS = "an ELF file, an Intel HEX file (.hex) or a raw binary (.bin)"
LONGEST, LONGEST_HEX = 128 * plain_files.MIB, 8 * plain_files.MIB
"""Bytes of a file: an ELF file may have much debug information. The largest flash has 2 MiB, which
are 6 MiB of Intel HEX."""
WORD = 4
REGISTERS = range(0x4000_0000, 0x6000_0000)
"""The peripherals of every part (ARM DDI 0403, B3.1)."""
CODE_END = 0x2000_0000
"""The Cortex-M4's breakpoint unit covers addresses below it (FPBv1, ARM DDI 0403E, C1.11)."""


@dataclass(frozen=True)
class Occupied:
    """An address range that the running image uses."""

    address: int
    size: int


@dataclass(frozen=True, eq=False)
class FirmwareFile:
    """An image ready to be flashed, with its symbols and attributes.

    `segments` are the contents of flash; `variables` are the RAM ranges it uses, if the file
    describes them.
    """

    path: Path
    kind: str
    sha256: str
    segments: tuple[Segment, ...]
    symbols: Symbols = field(default_factory=Symbols)
    variables: tuple[Occupied, ...] = ()
    compiled_for: CompiledFor | None = None

    @property
    def flash_bytes(self) -> int:
        return sum(len(segment.data) for segment in self.segments)

    def check(self, board: Board, *, strict_ram: bool) -> None:
        """Checks that the image can run on `board`.

        With `strict_ram`, variables outside the memories of the board's record are an error: a
        real part may have further memory, a virtual board has none. Raises InputError for an
        image that is built for another part, DoesNotFit for one that is too large.
        """
        name = self.path.name
        if self.compiled_for is not None:
            self.compiled_for.check(name, board)
        for segment in self.segments:
            _check_flash(name, segment, board)
        for block in self.variables if strict_ram else ():
            _check_ram(name, block, board)
        self._check_vectors(board, strict_ram)

    def check_code(self, function: Function, board: Board) -> None:
        """Raises InputError if no breakpoint can be set at `function`, or there is no code."""
        in_flash = any(
            0 <= function.address - segment.address < len(segment.data) for segment in self.segments
        )
        in_ram = any(_holds(ram, function.address, 2) for ram in board.all_ram)
        if in_ram and board.core is Core.CORTEX_M4 and function.address >= CODE_END:
            raise InputError(
                f"{function.name} is in RAM; a Cortex-M4 has no hardware breakpoints there.",
                remedy="Place it in flash, or let the firmware read DWT->CYCCNT and print it.",
            )
        if not in_flash and not in_ram:
            raise InputError(
                f"{self.path.name} has no code at {function.address:#010x}.",
                remedy="Take the address from the linker's map file or from `nm`.",
            )

    def _check_vectors(self, board: Board, strict_ram: bool) -> None:
        """Checks the first two words of flash: the initial stack pointer and the reset vector."""
        name, base = self.path.name, board.flash.base
        words = self._read(base, 2 * WORD)
        if len(words) < 2 * WORD:
            lowest = min(segment.address for segment in self.segments)
            raise InputError(
                f"{name} begins at {lowest:#010x}; the {board.title} boots from {base:#010x}.",
                remedy=f"Link it for {base:#010x}, or give one .hex that includes its bootloader.",
            )
        stack, start = (int.from_bytes(words[at : at + WORD], "little") for at in (0, WORD))
        if not (start & THUMB and _holds(board.flash, start & ~THUMB, 2)):
            raise InputError(
                f"{name} does not begin with a vector table for the {board.title}: the reset "
                f"vector {start:#010x} is not in the board's flash.",
                remedy=_memories("Link it for", board),
            )
        # The stack grows down, so its initial value may be the end of a memory.
        if strict_ram and not any(_holds(ram, stack - 1, 1) for ram in board.all_ram):
            raise InputError(
                f"{name} puts its stack at {stack:#010x}, where the {board.title} has no RAM.",
                remedy=_memories("Link it for", board),
            )

    def _read(self, address: int, count: int) -> bytes:
        for segment in self.segments:
            offset = address - segment.address
            if 0 <= offset < len(segment.data):
                return segment.data[offset : offset + count]
        return b""


def read_firmware(path: Path, board: Board) -> FirmwareFile:
    """The image in `path`; a raw binary is assumed to begin at the start of `board`'s flash.

    Raises InputError when the file cannot be read or is not an executable image.
    """
    data = _content(path)
    suffix = path.suffix.lower()
    if data.startswith(ELF_MAGIC):
        return _elf(path, data)
    if suffix in HEX_SUFFIXES:
        return _plain(path, "Intel HEX", data, _hex_segments(path, data))
    if suffix in BINARY_SUFFIXES:
        return _plain(path, "binary", data, [Segment(board.flash.base, data)])
    what = "is not an ELF file" if suffix in (".elf", ".axf") else "is not a firmware image"
    raise InputError(f"{path} {what}.", remedy=f"Use {KINDS}.")


def _content(path: Path) -> bytes:
    is_hex = path.suffix.lower() in HEX_SUFFIXES
    try:
        data = plain_files.read(path, LONGEST_HEX if is_hex else LONGEST)
    except (OSError, ValueError) as error:  # a ValueError: the path has a null character
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{path} cannot be read: {reason}.", remedy=f"Use {KINDS}.") from error
    if not data:
        raise InputError(f"{path} is empty.", remedy="Build it again.")
    return data


def _plain(path: Path, kind: str, data: bytes, segments: Sequence[Segment]) -> FirmwareFile:
    return FirmwareFile(path, kind, hashlib.sha256(data).hexdigest(), tuple(segments))


def _hex_segments(path: Path, data: bytes) -> list[Segment]:
    image = IntelHex()
    try:
        image.loadhex(StringIO(data.decode("ascii")))
    except (IntelHexError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is not a valid Intel HEX file: {error}.",
            remedy="Build it again, or give the ELF file.",
        ) from error
    found = [
        Segment(start, bytes(image.tobinarray(start=start, size=end - start)))
        for start, end in image.segments()
    ]
    if not found:
        raise InputError(f"{path} contains no data.", remedy="Build it again.")
    return found


def _elf(path: Path, data: bytes) -> FirmwareFile:
    try:
        with elf_damage():
            elf = ELFFile(BytesIO(data))
            _check_header(path, elf)
            require_readable(elf, len(data))
            symbols = read_symbols(elf)
            segments = tuple(_loaded(elf))
            variables = tuple(_variables(elf))
            wanted = compiled_for(elf)
    except ELFError as error:
        raise InputError(
            f"{path} is a damaged ELF file: {error}.", remedy="Build it again."
        ) from error
    if not segments:
        raise InputError(f"{path} has no contents for flash.", remedy="Link it for the board.")
    digest = hashlib.sha256(data).hexdigest()
    return FirmwareFile(path, "ELF", digest, segments, symbols, variables, wanted)


def _check_header(path: Path, elf: ELFFile) -> None:
    if elf["e_machine"] != "EM_ARM" or elf.elfclass != 32 or not elf.little_endian:
        machine = elf.get_machine_arch()
        order = "" if elf.little_endian else " big-endian"
        raise InputError(
            f"{path} is a program for {machine}{order}, not for an Arm Cortex-M.",
            remedy="Give an image that was built with an Arm cross compiler.",
        )
    if elf["e_type"] != "ET_EXEC":
        raise InputError(
            f"{path} is not linked.", remedy="Give the linker's output, not an object file."
        )


def _loaded(elf: ELFFile) -> Iterator[Segment]:
    """The segments of flash in ascending order: the vector table and code, then initial values."""
    found = [
        Segment(segment["p_paddr"], segment.data())
        for segment in elf.iter_segments("PT_LOAD")
        if segment["p_filesz"]
    ]
    yield from sorted(found, key=lambda segment: segment.address)


def _variables(elf: ELFFile) -> Iterator[Occupied]:
    """The memory ranges that the image uses but does not load."""
    for segment in elf.iter_segments("PT_LOAD"):
        moved = segment["p_vaddr"] != segment["p_paddr"] or not segment["p_filesz"]
        if moved and segment["p_memsz"]:
            yield Occupied(segment["p_vaddr"], segment["p_memsz"])


def _check_flash(name: str, segment: Segment, board: Board) -> None:
    flash, end = board.flash, segment.address + len(segment.data)
    if _holds(flash, segment.address, len(segment.data)):
        return
    if _holds(flash, segment.address, 1):
        raise DoesNotFit(
            f"{name} does not fit into the flash of the {board.title}: "
            f"{end - flash.base - flash.size:,} bytes missing.",
            remedy="Make it smaller, or name a board with more flash.",
            flash_missing=end - flash.base - flash.size,
        )
    if any(_holds(ram, segment.address, 1) for ram in board.all_ram):
        raise InputError(
            f"{name} has {len(segment.data):,} bytes to be loaded into RAM at "
            f"{segment.address:#010x}; the board boots from flash, and RAM is not loaded.",
            remedy="Link code and initial values for flash (`> RAM AT> FLASH`).",
        )
    raise InputError(
        f"{name} is linked for {segment.address:#010x}, where the {board.title} has no flash.",
        remedy=_memories("Link it for", board),
    )


def _check_ram(name: str, block: Occupied, board: Board) -> None:
    """Variables must be in RAM, which may span adjacent memories; constants may be in flash, and
    structures that describe registers where peripherals are."""
    memory = next((ram for ram in board.all_ram if _holds(ram, block.address, 1)), None)
    if memory is None:
        if _holds(board.flash, block.address, block.size) or block.address in REGISTERS:
            return
        raise InputError(
            f"{name} has variables at {block.address:#010x}, where the virtual {board.title} has "
            "no memory.",
            remedy=_memories("Link it for", board),
        )
    end, last = memory.base + memory.size, memory
    while following := next((ram for ram in board.all_ram if ram.base == end), None):
        end, last = end + following.size, following
    missing = block.address + block.size - end
    if missing > 0:
        raise DoesNotFit(
            f"{name} does not fit into {last.name} of the {board.title}: "
            f"{missing:,} bytes missing.",
            remedy="Make its variables smaller, or name a board with more RAM.",
            ram_missing=missing,
        )


def _holds(memory: Memory, address: int, size: int) -> bool:
    return memory.base <= address and address + size <= memory.base + memory.size


def _memories(begin: str, board: Board) -> str:
    listed = ", ".join(
        f"{memory.name} {memory.base:#010x} to {memory.base + memory.size - 1:#010x}"
        for memory in (board.flash, *board.all_ram)
    )
    return f"{begin} the board's memories: {listed}."
