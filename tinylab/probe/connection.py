"""One probe's connection to the microcontroller of its board."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from typing import Any, Self, TypeVar

import usb.core
from pyocd.core.session import Session
from pyocd.core.target import Target
from pyocd.probe.stlink_probe import StlinkProbe
from usb.backend import IBackend

from tinylab.boards.board import Board, Core
from tinylab.errors import LinkError, StationError, Unplugged
from tinylab.probe import identity, lock, stlink, targets
from tinylab.probe.mapping import (
    FOREIGN,
    UNPLUGGED_REMEDY,
    broken_link,
    is_signal_trouble,
    is_wire_trouble,
    link_errors,
    not_opened,
)
from tinylab.units import megahertz

T = TypeVar("T")

CLOCK_DIVIDERS = (1, 4, 16)
"""SWD clocks to try: the probe's fastest, then slower ones for long cables."""
CODE_END = 0x2000_0000
"""The Cortex-M4's breakpoint unit reaches no further (FPB version 1, ARM DDI 0403E, C1.11)."""
RESET_DELAY = 0.01
"""Seconds after a reset; pyOCD then polls until the core answers."""

logging.getLogger("pyocd").setLevel(logging.CRITICAL)


class CoreState(StrEnum):
    """What the core is doing."""

    RUNNING = "running"
    HALTED = "halted"
    RESET = "reset"
    SLEEPING = "sleeping"
    LOCKUP = "lockup"


STATES = {
    Target.State.RUNNING: CoreState.RUNNING,
    Target.State.HALTED: CoreState.HALTED,
    Target.State.RESET: CoreState.RESET,
    Target.State.SLEEPING: CoreState.SLEEPING,
    Target.State.LOCKUP: CoreState.LOCKUP,
}


class Connection:
    """A pyOCD session with `board` over the probe `unique_id` on `backend`'s bus.

    Use it in a `with`: entering connects without halting the core, and raises StationError
    when that fails; leaving lets the core go on as it is and never raises. Every other
    method raises LinkError when the board or the probe stops answering: Unplugged when the
    probe is gone, SignalError when transfers fail. Before that, what can be repeated was
    repeated at slower SWD clocks, which `stepped_down` tells.
    """

    def __init__(self, backend: IBackend | None, unique_id: str, board: Board) -> None:
        self.unique_id = unique_id
        self.board = board
        self._backend = backend
        self._open = ExitStack()
        self._session: Session | None = None
        self._place: stlink.Location | None = None
        self._board_id: str | None = None
        self._divider = CLOCK_DIVIDERS[0]

    def __enter__(self) -> Self:
        try:
            with stlink.opening:
                self._connect()
        except FOREIGN as error:
            raise not_opened(error, self.unique_id) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        self._open.close()

    def _connect(self) -> None:
        """Slower each time; at last with NRST low, for firmware that switches SWD off."""
        target = targets.register(self.board)
        attempts = [("attach", divider) for divider in CLOCK_DIVIDERS]
        attempts.append(("under-reset", CLOCK_DIVIDERS[-1]))
        for number, (mode, divider) in enumerate(attempts, 1):
            self._divider = divider
            try:
                self._session = self._start_session(target, mode, divider)
            except FOREIGN as error:
                self._open.close()
                if number == len(attempts) or not is_signal_trouble(error):
                    raise
            else:
                return

    def _start_session(self, target: str, mode: str, divider: int) -> Session:
        device = self._find()
        self._place = stlink.location(device)
        interface = self._open.enter_context(stlink.interface(device))
        session = Session(
            StlinkProbe(interface),
            options={
                "target_override": target,
                "frequency": self.board.probe.swd_hz // divider,
                "connect_mode": mode,
                "resume_on_disconnect": False,
                "hide_programming_progress": True,
                "reset.post_delay": RESET_DELAY,
                # pyOCD changes to its project folder, and runs a script it finds there.
                "project_dir": os.getcwd(),
                "no_config": True,
                "user_script": os.devnull,
            },
        )
        self._open.callback(session.close)
        session.open()
        return session

    def _find(self) -> Any:
        """The USB device with the wanted serial number.

        One that cannot be read might be it, and is named if there is no other. Those that a
        tinylab has locked are left closed.
        """
        wanted = self.unique_id.lower()
        unreadable: usb.core.USBError | None = None
        taken = {
            place
            for place, note in lock.held().items()
            if (note.probe.get("unique_id") or "").lower() != wanted
        }
        for device in stlink.devices(self._backend):
            if stlink.location(device).key in taken:
                continue  # somebody measures there
            try:
                with stlink.interface(device) as interface:
                    if interface.serial_number.lower() == wanted:
                        return device
            except usb.core.USBError as error:
                unreadable = error
        if unreadable is not None:
            raise unreadable
        raise StationError(
            f"Probe {self.unique_id} is not plugged in.",
            remedy="`tinylab probes` lists the probes that are.",
        )

    @property
    def session(self) -> Session:
        """pyOCD's session, for the rest of this package."""
        assert self._session is not None, "the connection is not open"
        return self._session

    def call(self, doing: str, action: Callable[[Any], T]) -> T:
        """`action` on pyOCD's target, its errors translated; `doing` is for the message."""
        target = self.session.target
        with link_errors(self.unique_id, doing):
            return action(target)

    @property
    def stepped_down(self) -> str | None:
        """`SWD stepped down to 1.15 MHz`, when signals were too bad for the probe's fastest."""
        if self._divider == CLOCK_DIVIDERS[0]:
            return None
        return f"SWD stepped down to {megahertz(self.board.probe.swd_hz // self._divider)}"

    def _repeatable(self, doing: str, action: Callable[[Any], T]) -> T:
        """As `call`, for what may be done twice: lost transfers are repeated more slowly."""
        while True:
            try:
                return action(self.session.target)
            except FOREIGN as error:
                if not is_wire_trouble(error) or not self._step_down():
                    raise broken_link(error, self.unique_id, doing) from error

    def _step_down(self) -> bool:
        """The next slower clock; False when there is none."""
        slower = [divider for divider in CLOCK_DIVIDERS if divider > self._divider]
        if not slower:
            return False
        self._divider = slower[0]
        try:
            self.session.probe.set_clock(self.board.probe.swd_hz // self._divider)
            self.session.target.dp.clear_sticky_err()
        except FOREIGN:
            return self._step_down()
        return True

    def require_attached(self) -> None:
        """Make sure that the probe was not unplugged since, nor plugged in again.

        The bus is asked, not the probe. Raises LinkError: this connection is of no use any more.
        """
        if self._place not in stlink.attached(self._backend):
            raise Unplugged(f"Probe {self.unique_id} was unplugged.", remedy=UNPLUGGED_REMEDY)

    def identify(self) -> None:
        """Make sure that the probe and the chip are the board's.

        Raises StationError when one is another board's, before anything was written to it. A
        probe that names no board, or none of the catalogue, leaves it to the chip.
        """
        if self._board_id is None:
            # Asked once: where a probe has none, pyOCD goes through the mounted drives for it.
            with link_errors(self.unique_id, "reading the board's id"):
                self._board_id = self.session.probe.board_id or ""
        identity.require_probe(self.board, self.unique_id, self._board_id)
        identity.require_chip(self.board, self.unique_id, self)

    def read_bytes(self, address: int, size: int) -> bytes:
        """`size` bytes of memory; the core may be running."""
        return self._repeatable(
            "reading memory", lambda target: bytes(target.read_memory_block8(address, size))
        )

    def write_bytes(self, address: int, data: bytes) -> None:
        """Write memory; the core may be running."""
        self._repeatable("writing memory", lambda target: target.write_memory_block8(address, data))

    def read_words(self, address: int, count: int) -> tuple[int, ...]:
        """`count` 32-bit words, each read in one access; `address` is a multiple of 4."""
        return self._repeatable(
            "reading memory", lambda target: tuple(target.read_memory_block32(address, count))
        )

    def write_words(self, address: int, words: Sequence[int]) -> None:
        """Write 32-bit words, each in one access; `address` is a multiple of 4."""
        self._repeatable(
            "writing memory", lambda target: target.write_memory_block32(address, words)
        )

    def halt(self) -> None:
        self._repeatable("halting the core", lambda target: target.halt())

    def resume(self) -> None:
        self._repeatable("starting the core", lambda target: target.resume())

    def reset_and_halt(self) -> None:
        """Reset the part and halt the core before its first instruction.

        Raises LinkError also when the core goes on all the same.
        """
        self.call("resetting the board", lambda target: target.reset_and_halt())
        if not self.is_halted():
            raise LinkError(
                f"The core of the {self.board.title} on probe {self.unique_id} cannot be halted.",
                remedy="Take the board's power away and give it back: unplug it, and plug it in "
                "again.",
            )

    def step(self) -> None:
        """Run one instruction of the halted core, and no interrupt."""
        self.call("stepping the core", lambda target: target.step())

    def catch_faults(self) -> None:
        """From now on, halt at the first instruction of a fault's handler."""
        kinds = Target.VectorCatch
        mask = kinds.ALL & ~kinds.CORE_RESET
        self.call("watching for faults", lambda target: target.set_vector_catch(mask))

    def is_halted(self) -> bool:
        return self.core_state() is CoreState.HALTED

    def core_state(self) -> CoreState:
        return STATES[
            self._repeatable("asking for the core's state", lambda target: target.get_state())
        ]

    def read_core_register(self, name: str) -> int:
        """A register of the halted core by name, such as `pc`, `sp`, `r0`, `xpsr`."""
        return int(
            self.call("reading a core register", lambda target: target.read_core_register_raw(name))
        )

    def set_breakpoint(self, address: int) -> None:
        """Halt before the instruction at `address`: a hardware breakpoint, where one can be.

        Elsewhere pyOCD writes a breakpoint into RAM, when the core goes on.
        """
        wanted = Target.BreakpointType.AUTO
        if self.board.core is not Core.CORTEX_M4 or address < CODE_END:
            wanted = Target.BreakpointType.HW
        if not self.call(
            "setting a breakpoint", lambda target: target.set_breakpoint(address, wanted)
        ):
            raise LinkError(
                f"There is no breakpoint left for {address:#010x}.",
                remedy="Close other debuggers, and start over.",
            )

    def remove_breakpoint(self, address: int) -> None:
        self.call("removing a breakpoint", lambda target: target.remove_breakpoint(address))
