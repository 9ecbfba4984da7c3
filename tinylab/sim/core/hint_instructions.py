"""Hint instructions that the emulator does not support or does not report."""

from __future__ import annotations

import unicorn

WFE, YIELD, SEV = (bytes.fromhex(code) for code in ("20bf", "10bf", "40bf"))
"""Encodings T1 (ARM DDI 0403, A7.7); the first two are undefined to the emulator."""


def hint_at(uc: unicorn.Uc, address: int, pc: int) -> bytes:
    """The hint at `address`, if execution ended with `pc` right after it; else empty."""
    if not address < pc <= address + len(WFE):
        return b""
    return bytes(uc.mem_read(address, len(WFE)))


def follows_sev(uc: unicorn.Uc, pc: int) -> bool:
    """After a WFE at `pc`: whether SEV was the instruction before it."""
    return bytes(uc.mem_read(pc - len(WFE) - len(SEV), len(SEV))) == SEV
