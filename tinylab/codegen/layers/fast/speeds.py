"""How fast kernels are: cycles per multiply-accumulate, measured and at best.

`speeds.toml` has them; `benchmarks/kernels.py --write` measures them on virtual boards.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from tinylab.boards.board import Core

FILE = Path(__file__).with_name("speeds.toml")


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a kernel on a core. Cycles per MACC, as ST counts it."""

    cycles_per_macc: float
    """Measured in the largest layer of the networks that were measured."""
    floor: float | None = None
    """What the core's instructions take at least, with all data in time."""
    bound: str = ""
    """What the floor consists of, and the kernel's source file, whose comment counts it."""


@cache
def every() -> Mapping[str, Mapping[Core, Speed]]:
    """By C function and core."""
    return msgspec.toml.decode(FILE.read_bytes(), type=dict[str, dict[Core, Speed]])


def speed_of(function: str, core: Core | None) -> Speed | None:
    """The speed of a C function on a core; None where it was not measured."""
    return every().get(function, {}).get(core) if core else None
