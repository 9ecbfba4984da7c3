"""What a build gives, and what it says while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tinylab.build.elf import Segment


@dataclass(frozen=True)
class Image:
    """A linked firmware, ready to be flashed.

    `build_id` (16 bytes) is a hash of everything that went in; the firmware announces it.
    `flash_bytes` and `ram_bytes` are as in `elf.Contents`, `symbols` gives addresses, with
    bit 0 set for functions. `flags` is the optimisation as shown beside results, `cached` says
    that nothing was built, and `seconds` is the time until the image was there.
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


@dataclass(frozen=True)
class BuildProgress:
    """`done` of `total` files are compiled or linked; `line` is what the build says.

    `output` is a line just as PlatformIO printed it; empty when there is no new one.
    """

    done: int
    total: int
    line: str
    output: str = ""
