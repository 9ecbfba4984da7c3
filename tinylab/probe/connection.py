"""One probe's connection to the microcontroller of its board."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Self, TypeVar

from pyocd.core.session import Session
from pyocd.core.target import Target
from usb.backend import IBackend

from tinylab.boards.board import Board, Core
from tinylab.errors import LinkError, Unplugged
from tinylab.probe import board_identity, stlink
from tinylab.probe.error_mapping import (
    FOREIGN,
    UNPLUGGED_REMEDY,
    broken_link,
    is_transfer_error,
    link_errors,
    not_opened,
    slips_mapped,
)
from tinylab.probe.probe_session import OpenedProbe

T = TypeVar("T")

CODE_END = 0x2000_0000
"""The Cortex-M4's breakpoint unit covers addresses below it (FPBv1, ARM DDI 0403E, C1.11)."""


class CoreState(StrEnum):
    """The core's state."""

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

    Use it in a `with` statement. Entering connects without halting the core and raises
    StationError on failure. Leaving does not change the core's state and never raises. Every
    other method raises LinkError when the board or the probe stops responding: Unplugged when
    the probe was unplugged, SignalError when transfers fail. Transfers that may be repeated are
    first retried at slower SWD clocks; `stepped_down` reports that.
    """

    def __init__(self, backend: IBackend | None, unique_id: str, board: Board) -> None:
        self.unique_id = unique_id
        self.board = board
        self._probe = OpenedProbe(backend, unique_id, board)
        self._board_id: str | None = None

    def __enter__(self) -> Self:
        try:
            with stlink.opening:
                self._probe.open()
        except FOREIGN as error:
            raise not_opened(error, self.unique_id) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._probe.close()

    @property
    def session(self) -> Session:
        """pyOCD's session, for use within this package."""
        return self._probe.session

    def call(self, doing: str, action: Callable[[Any], T]) -> T:
        """Run `action` on pyOCD's target and translate its errors; `doing` is for the message."""
        with self.link_errors(doing):
            return action(self.session.target)

    @contextmanager
    def link_errors(self, doing: str) -> Iterator[None]:
        """Translate what pyOCD raises, or should have raised. Raises LinkError."""
        with link_errors(self.unique_id, doing), self._probe.watched():
            yield

    @property
    def probe_firmware(self) -> str | None:
        """As ST numbers it: `V3J13M4`. None if the probe did not say."""
        return self._probe.firmware

    @property
    def stepped_down(self) -> str | None:
        """`SWD stepped down to 1.15 MHz` when transfers failed at the fastest clock, else None."""
        return self._probe.stepped_down

    def _repeatable(self, doing: str, action: Callable[[Any], T]) -> T:
        """Like `call`, for idempotent actions: retries failed transfers at slower SWD clocks."""
        while True:
            try:
                with self._probe.watched():
                    return action(self.session.target)
            except FOREIGN as error:
                if not is_transfer_error(error) or not self._probe.step_down():
                    raise broken_link(error, self.unique_id, doing) from error

    def require_attached(self) -> None:
        """Check that the probe has not been unplugged, or replugged, since it was opened.

        Queries the USB bus, not the probe. Raises LinkError when this connection is dead.
        """
        if not self._probe.is_attached:
            raise Unplugged(
                f"Probe {self.unique_id} was unplugged.",
                remedy=UNPLUGGED_REMEDY,
                probe=self.unique_id,
            )

    def identify(self) -> None:
        """Check that the probe and the chip are those of the board.

        Raises StationError if one belongs to another board, before anything is written. If the
        probe reports no board id, or one that is not in the catalogue, only the chip is checked.
        """
        if self._board_id is None:
            # Read once: if a probe has none, pyOCD searches the mounted drives for it.
            with self.link_errors("reading the board's id"), slips_mapped():
                self._board_id = self.session.probe.board_id or ""
        board_identity.require_probe(self.board, self.unique_id, self._board_id)
        board_identity.require_chip(self.board, self.unique_id, self)

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

        Raises LinkError also when the core keeps running.
        """
        self.call("resetting the board", lambda target: target.reset_and_halt())
        if not self.is_halted():
            raise LinkError(
                f"The core of the {self.board.title} on probe {self.unique_id} cannot be halted.",
                remedy="Power-cycle the board: unplug it and plug it in again.",
                probe=self.unique_id,
            )

    def step(self) -> None:
        """Execute one instruction on the halted core, with interrupts masked."""
        self.call("stepping the core", lambda target: target.step())

    def catch_faults(self) -> None:
        """Enable vector catch: halt at the first instruction of every fault handler."""
        kinds = Target.VectorCatch
        mask = kinds.ALL & ~kinds.CORE_RESET
        self.call("watching for faults", lambda target: target.set_vector_catch(mask))

    def is_halted(self) -> bool:
        return self.core_state() is CoreState.HALTED

    def core_state(self) -> CoreState:
        return STATES[
            self._repeatable("reading the core's state", lambda target: target.get_state())
        ]

    def read_core_register(self, name: str) -> int:
        """A register of the halted core by name, such as `pc`, `sp`, `r0`, `xpsr`."""
        return int(
            self.call("reading a core register", lambda target: target.read_core_register_raw(name))
        )

    def set_breakpoint(self, address: int) -> None:
        """Halt before the instruction at `address`, with a hardware breakpoint if possible.

        Otherwise pyOCD writes a software breakpoint into RAM when the core resumes.
        """
        wanted = Target.BreakpointType.AUTO
        if self.board.core is not Core.CORTEX_M4 or address < CODE_END:
            wanted = Target.BreakpointType.HW
        if not self.call(
            "setting a breakpoint", lambda target: target.set_breakpoint(address, wanted)
        ):
            raise LinkError(
                f"No hardware breakpoint is free for {address:#010x}.",
                remedy="Close other debuggers, then try again.",
                probe=self.unique_id,
            )

    def remove_breakpoint(self, address: int) -> None:
        self.call("removing a breakpoint", lambda target: target.remove_breakpoint(address))
