"""Flash algorithms that pyOCD does not include, as C source and as compiled bytes.

`compile` makes the bytes of a TOML file from the C beside it.
"""

from __future__ import annotations

import struct
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent

BREAKPOINT = 0xE7FD_BE00
"""BKPT and a branch back to it; every function returns here."""

STACK_BYTES = 0x400
ANALYZER_BYTES = 0x600


@dataclass(frozen=True)
class FlashAlgorithm:
    """Code of a flash algorithm and the offsets of its functions in it.

    `compiler` is the compiler's name and version, recorded so that `code` can be reproduced.
    """

    code: bytes
    entries: dict[str, int]
    compiler: str

    def for_pyocd(self, ram: int, page: int) -> dict[str, Any]:
        """pyOCD's description of the algorithm, laid out from address `ram` upward.

        There are two page buffers of `page` bytes: one is filled while the other is programmed.
        """
        code = [BREAKPOINT, *(word for (word,) in struct.iter_unpack("<I", self.code))]
        stack_end = -(-(ram + 4 * len(code)) // 8) * 8
        stack = stack_end + STACK_BYTES
        analyzer = stack
        buffers = -(-(analyzer + ANALYZER_BYTES) // 16) * 16
        start = ram + 4
        return {
            "load_address": ram,
            "instructions": code,
            "pc_init": start + self.entries["Init"] | 1,
            "pc_unInit": start + self.entries["UnInit"] | 1,
            "pc_eraseAll": start + self.entries["EraseChip"] | 1,
            "pc_erase_sector": start + self.entries["EraseSector"] | 1,
            "pc_program_page": start + self.entries["ProgramPage"] | 1,
            "static_base": stack_end,
            "begin_stack": stack,
            "end_stack": stack_end,
            "page_buffers": [buffers, buffers + page],
            "analyzer_supported": True,
            "analyzer_address": analyzer,
        }


def load(name: str) -> FlashAlgorithm:
    """The algorithm called `name`, such as `stm32wb`."""
    table = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return FlashAlgorithm(bytes.fromhex(table["code"]), table["entries"], table["compiler"])
