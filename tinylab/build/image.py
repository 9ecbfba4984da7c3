"""The result of a build, and its progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinylab.boards.placement import NOWHERE, Placement
from tinylab.build.elf import Segment
from tinylab.results.memory_record import MemoryUse


@dataclass(frozen=True)
class Image:
    """A linked firmware, ready to be flashed.

    `build_id` (16 bytes) is a hash of all inputs of the build; the firmware reports it.
    `flash_bytes` and `ram_bytes` are as in `elf.Contents`, `symbols` maps names to addresses,
    with bit 0 set for functions. `flags` is the optimisation as shown with results, `cached` is
    true if the image came from the cache, and `seconds` is the duration of the build. `placement`
    has the memories of the network's parts, nothing for an image without a network.
    """

    elf: Path
    sha256: str
    build_id: bytes
    flash_bytes: int
    ram_bytes: int
    symbols: Mapping[str, int]
    segments: tuple[Segment, ...]
    toolchain: str
    flags: str
    cached: bool
    seconds: float
    placement: Placement = NOWHERE
    memory: tuple[MemoryUse, ...] = ()
    """What is in each memory, with the whole of the reserved stack."""


@dataclass(frozen=True)
class BuildProgress:
    """`done` of `total` files are compiled or linked; `line` is the current step.

    `output` is a line as PlatformIO printed it; empty if there is no new one.
    """

    done: int
    total: int
    line: str
    output: str = ""
