"""The part's debug port as accessed by a probe over SWD: DP, AHB-AP and the bus behind it."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

from tinylab.boards.board import Core
from tinylab.sim.peripherals.core.rom_table import ROM_TABLE

DP = 0xFFFF
"""The number by which an ST-Link names the debug port."""
AHB_AP = 0
DPIDR, CTRL_STAT, SELECT = 0x0, 0x4, 0x8
POWER_UP_REQUESTS = 1 << 28 | 1 << 30
CSW, TAR, DRW, BASE, IDR = 0x00, 0x04, 0x0C, 0xF8, 0xFC
CSW_RESET, CSW_DEVICE_ENABLED = 0x2300_0000, 1 << 6
ENTRY_FORMAT_AND_PRESENT = 0b11
AP_IDENTITY = {
    Core.CORTEX_M4: 0x2477_0011,
    Core.CORTEX_M7: 0x8477_0001,
    Core.CORTEX_M33: 0x1477_0015,
}


class Ack(IntEnum):
    """How an access ended."""

    OK = 0
    FAULT = 1
    NO_AP = 2


class DebugTarget(Protocol):
    """The memory system as seen by the debugger; reads and writes return None on a fault."""

    def debug_read(self, address: int, count: int, size: int) -> bytes | None: ...
    def debug_write(self, address: int, data: bytes, size: int) -> bool: ...


class DebugPort:
    """DP and one AHB-AP (ARM IHI 0031); `target` is connected to the AP's bus."""

    def __init__(self, core: Core, debug_port_id: int, target: DebugTarget) -> None:
        self._target = target
        self._dp = {DPIDR: debug_port_id}
        self._ap = {
            CSW: CSW_RESET,
            BASE: ROM_TABLE | ENTRY_FORMAT_AND_PRESENT,
            IDR: AP_IDENTITY[core],
        }

    def has_ap(self, number: int) -> bool:
        return number == AHB_AP

    def read(self, port: int, register: int) -> tuple[Ack, int]:
        """Read a DP or AP register; returns (status, value)."""
        if port == DP:
            return Ack.OK, self._dp.get(register, 0)
        if not self.has_ap(port):
            return (Ack.OK, 0) if register == IDR else (Ack.NO_AP, 0)
        if register == DRW:
            data = self._target.debug_read(self._ap.get(TAR, 0), 4, 4)
            return (Ack.FAULT, 0) if data is None else (Ack.OK, int.from_bytes(data, "little"))
        value = self._ap.get(register, 0)
        return Ack.OK, value | CSW_DEVICE_ENABLED if register == CSW else value

    def write(self, port: int, register: int, value: int) -> Ack:
        """Write a DP or AP register."""
        if port == DP:
            self._write_dp(register, value)
            return Ack.OK
        if not self.has_ap(port):
            return Ack.NO_AP
        if register == DRW:
            done = self._target.debug_write(self._ap.get(TAR, 0), value.to_bytes(4, "little"), 4)
            return Ack.OK if done else Ack.FAULT
        if register in (CSW, TAR):
            self._ap[register] = value
        return Ack.OK

    def _write_dp(self, register: int, value: int) -> None:
        """Power-up requests are acknowledged at once, each in the bit above it."""
        if register == CTRL_STAT:
            requests = value & POWER_UP_REQUESTS
            self._dp[CTRL_STAT] = requests | requests << 1
        elif register == SELECT:
            self._dp[SELECT] = value
