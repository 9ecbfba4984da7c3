"""A virtual ST-Link: executes the commands of host software on a virtual part.

Command and status codes are those of pyOCD's and OpenOCD's ST-Link drivers; ST does not publish
them.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import ClassVar

from tinylab.boards.board import Board
from tinylab.sim.machine import CORE_DEBUG, Machine
from tinylab.sim.peripherals.core.core_debug import CoreState
from tinylab.sim.peripherals.flash.option_bytes import NO_DEBUG
from tinylab.sim.virtual_probe.debug_port import AHB_AP, Ack, DebugPort
from tinylab.sim.virtual_probe.stlink_kinds import SUPPLY_VOLTS, VENDOR_ID, Kind, soldered_to
from tinylab.sim.virtual_probe.usb_device import VirtualUsbDevice

TURNAROUND = 3e-4
"""Longest time, in seconds, that a USB transfer waits for a running core to stop.

The host's thread sleeps meanwhile, as in a real transfer; otherwise it would block the
interpreter for the core's peripheral accesses.
"""

GET_VERSION, GET_VERSION_EXT, GET_CURRENT_MODE, GET_VOLTAGE = 0xF1, 0xFB, 0xF5, 0xF7
DEBUG_COMMAND, DFU_COMMAND = 0xF2, 0xF3
MODE_MASS_STORAGE, MODE_DEBUG = 1, 2
NRST_LOW, NRST_HIGH, NRST_PULSE = 0, 1, 2
BOARD_ID_BYTES = 128
ADC_REFERENCE = 1515
"""ADC reading of the 1.2 V reference; the target's voltage is read through a divider by 2."""
SWD_KHZ = (24000, 8000, 3300, 1000, 200, 50, 5)
"""What a V3 can do."""
V2_SWD_KHZ = {
    0: 4600,
    1: 1800,
    2: 1200,
    3: 950,
    5: 650,
    7: 480,
    9: 400,
    10: 360,
    15: 240,
    25: 150,
    31: 125,
    40: 100,
}
"""A V2's SWD clock by its delay code."""
FREQUENCY_SLOTS = 10


class Status(IntEnum):
    OK = 0x80
    NO_DEVICE = 0x05
    AP_FAULT = 0x11
    DP_ERROR = 0x16
    BAD_AP = 0x1D
    CONFIGURATION_CHANGED = 0x40
    UNKNOWN_COMMAND = 0x42


STATUS_OF = {Ack.OK: Status.OK, Ack.FAULT: Status.AP_FAULT, Ack.NO_AP: Status.BAD_AP}


class VirtualStLink(VirtualUsbDevice):
    """An ST-Link connected to `board`, whose microcontroller is `machine`.

    It is of the board's kind, unless another one is given. Faults can be simulated: no supply
    (`powered`), an old probe firmware (`jtag_version`), another board's id (`board_id`), a cable
    that supports no more than `wire_khz`, a firmware that reconfigures the SWD pins as soon as it
    runs (`pins_taken`), transfers that fail while the core runs, except those to its debug
    registers (`deaf_while_running`). The part's read-out protection is `machine.part.flash.rdp`.
    """

    def __init__(self, board: Board, serial_number: str, kind: Kind | None = None) -> None:
        self.kind = kind or soldered_to(board.probe.generation)
        super().__init__(self.kind.descriptor(serial_number))
        self.board_id = board.identity.board_id if self.kind.on_board else ""
        self.board = board
        self.machine = Machine(board)
        self.powered = True
        self.wire_khz = SWD_KHZ[0]
        self.pins_taken = False
        self.deaf_while_running = False
        self.jtag_version = board.probe.jtag_version
        self._port = DebugPort(board.core, board.identity.debug_port_id, self.machine)
        self._mode = MODE_MASS_STORAGE
        self._khz = SWD_KHZ[-1]
        self._answers: deque[bytes] = deque()
        self._data_phase: Callable[[bytes], None] | None = None
        self._last_transfer = (Status.OK, 0)

    def close(self) -> None:
        """Stop the board permanently."""
        self.machine.close()

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        self.machine.wait(TURNAROUND)
        if self._data_phase is not None:
            finish, self._data_phase = self._data_phase, None
            finish(data)
            return
        answer = self._command(data)
        if answer is not None:
            self._answers.append(answer)

    def bulk_in(self, endpoint: int, size: int) -> bytes | None:
        if not self._answers:
            return None
        answer = self._answers.popleft()
        if len(answer) > size:  # sent in packets; the rest waits for the next read
            self._answers.appendleft(answer[size:])
        return answer[:size]

    def released(self) -> None:
        self._data_phase = None
        self._answers.clear()

    def _command(self, command: bytes) -> bytes | None:
        if command[0] == DEBUG_COMMAND:
            handler = self._DEBUG.get(command[1])
            return handler(self, command) if handler else _status(Status.UNKNOWN_COMMAND)
        if command[0] == DFU_COMMAND:
            return None
        answer = self._GENERAL.get(command[0])
        return answer(self) if answer else _status(Status.UNKNOWN_COMMAND)

    # About the probe

    def _version(self) -> bytes:
        product = self.descriptor.product_id
        word = self.kind.hardware << 12
        if not self.kind.is_v3:
            word |= self.jtag_version << 6 | self.kind.second_version
        return struct.pack(">H", word) + struct.pack("<HH", VENDOR_ID, product)

    def _extended_version(self) -> bytes:
        kind = self.kind
        versions = (kind.hardware, 0, self.jtag_version, kind.second_version, 0, 0, 0, 0)
        return bytes(versions) + struct.pack("<HH", VENDOR_ID, self.descriptor.product_id)

    def _current_mode(self) -> bytes:
        return bytes([self._mode, 0])

    def _voltage(self) -> bytes:
        volts = SUPPLY_VOLTS if self.powered else 0.0
        return struct.pack("<II", ADC_REFERENCE, round(ADC_REFERENCE * volts / 2.4))

    def _board_identifiers(self, command: bytes) -> bytes:
        name = self.board_id.encode()
        return _status(Status.OK) + name.ljust(BOARD_ID_BYTES - 2, b"\0")

    # Wire

    def _exit_debug(self, command: bytes) -> None:
        self._mode = MODE_MASS_STORAGE

    def _enter_debug(self, command: bytes) -> bytes:
        if not self._alive:
            return _status(Status.NO_DEVICE)
        self._mode = MODE_DEBUG
        return _status(Status.OK)

    def _drive_nrst(self, command: bytes) -> bytes:
        if command[2] in (NRST_LOW, NRST_PULSE):
            self.machine.hold_reset()
        if command[2] in (NRST_HIGH, NRST_PULSE):
            self.machine.release_reset()
        return _status(Status.OK)

    def _set_v2_frequency(self, command: bytes) -> bytes:
        if self.kind.is_v3 or command[2] not in V2_SWD_KHZ:
            return _status(Status.UNKNOWN_COMMAND)
        self._khz = V2_SWD_KHZ[command[2]]
        return _status(Status.OK)

    def _set_v3_frequency(self, command: bytes) -> bytes:
        if not self.kind.is_v3:
            return _status(Status.UNKNOWN_COMMAND)
        (wanted,) = struct.unpack_from("<I", command, 4)
        self._khz = next((khz for khz in SWD_KHZ if khz <= wanted), SWD_KHZ[-1])
        return struct.pack("<HHI", Status.OK, 0, self._khz)

    def _get_v3_frequencies(self, command: bytes) -> bytes:
        slots = [*SWD_KHZ, *[0] * (FREQUENCY_SLOTS - len(SWD_KHZ))]
        return struct.pack(
            f"<HHII{FREQUENCY_SLOTS}I", Status.OK, 0, self._khz, len(SWD_KHZ), *slots
        )

    def _set_prescaler(self, command: bytes) -> bytes:
        return _status(Status.CONFIGURATION_CHANGED).ljust(8, b"\0")

    # Debug port and memory

    def _read_register(self, command: bytes) -> bytes:
        port, register = struct.unpack_from("<HH", command, 2)
        if not self._answers_on_wire():
            return struct.pack("<HHI", Status.DP_ERROR, 0, 0)
        ack, value = self._port.read(port, register)
        return struct.pack("<HHI", STATUS_OF[ack], 0, value)

    def _write_register(self, command: bytes) -> bytes:
        port, register, value = struct.unpack_from("<HHI", command, 2)
        if not self._answers_on_wire():
            return _status(Status.DP_ERROR)
        return _status(STATUS_OF[self._port.write(port, register, value)])

    def _init_ap(self, command: bytes) -> bytes:
        return _status(Status.OK if self._port.has_ap(command[2]) else Status.BAD_AP)

    def _last_status(self, command: bytes) -> bytes:
        status, address = self._last_transfer
        return struct.pack("<HHII", status, 0, address, 0)

    def _read(self, command: bytes, size: int) -> bytes:
        address, count, ap = struct.unpack_from("<IHB", command, 2)
        reached = self._reaches(ap, address)
        data = self.machine.debug_read(address, count, size) if reached else None
        self._finish(address, done=data is not None)
        return bytes(count) if data is None else data

    def _write(self, command: bytes, size: int) -> None:
        address, count, ap = struct.unpack_from("<IHB", command, 2)

        def data_phase(data: bytes) -> None:
            reached = self._reaches(ap, address)
            done = reached and self.machine.debug_write(address, data[:count], size)
            self._finish(address, done=done)

        self._data_phase = data_phase

    def _reaches(self, ap: int, address: int) -> bool:
        return self._answers_on_wire() and not self._is_deaf(address) and ap == AHB_AP

    def _is_deaf(self, address: int) -> bool:
        if not self.deaf_while_running or address in CORE_DEBUG:
            return False
        return self.machine.state is CoreState.RUNNING

    def _finish(self, address: int, *, done: bool) -> None:
        if done:
            self._last_transfer = (Status.OK, 0)
            return
        lost = not self._answers_on_wire() or self._is_deaf(address)
        self._last_transfer = (Status.DP_ERROR if lost else Status.AP_FAULT, address)

    def _answers_on_wire(self) -> bool:
        hidden = self.pins_taken and self.machine.state is CoreState.RUNNING
        return self._alive and self._khz <= self.wire_khz and not hidden

    @property
    def _alive(self) -> bool:
        """At level 2 of read-out protection, the debug port is disabled."""
        return self.powered and self.machine.part.flash.rdp != NO_DEBUG

    _GENERAL: ClassVar[dict[int, Callable[[VirtualStLink], bytes]]] = {
        GET_VERSION: _version,
        GET_VERSION_EXT: _extended_version,
        GET_CURRENT_MODE: _current_mode,
        GET_VOLTAGE: _voltage,
    }
    _DEBUG: ClassVar[dict[int, Callable[[VirtualStLink, bytes], bytes | None]]] = {
        0x07: lambda self, command: self._read(command, 4),
        0x08: lambda self, command: self._write(command, 4),
        0x0C: lambda self, command: self._read(command, 1),
        0x0D: lambda self, command: self._write(command, 1),
        0x21: _exit_debug,
        0x30: _enter_debug,
        0x3C: _drive_nrst,
        0x3E: _last_status,
        0x43: _set_v2_frequency,
        0x45: _read_register,
        0x46: _write_register,
        0x47: lambda self, command: self._read(command, 2),
        0x48: lambda self, command: self._write(command, 2),
        0x4B: _init_ap,
        0x56: _board_identifiers,
        0x61: _set_v3_frequency,
        0x62: _get_v3_frequencies,
        0x63: _set_prescaler,
    }


def _status(status: Status) -> bytes:
    return struct.pack("<H", status)
