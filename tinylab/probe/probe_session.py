"""A probe opened for a board: pyOCD's session, and the choice of the SWD clock."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import usb.core
from pyocd.core import exceptions
from pyocd.core.session import Session
from pyocd.probe.stlink_probe import StlinkProbe
from usb.backend import IBackend

from tinylab.boards.board import Board
from tinylab.errors import NotAttached
from tinylab.probe import lock, stlink, targets
from tinylab.probe.error_mapping import FOREIGN, is_signal_error, slips_mapped
from tinylab.units import megahertz

CLOCK_DIVIDERS = (1, 4, 16)
"""SWD clocks to try: the probe's fastest, then slower ones for long cables."""
RESET_DELAY = 0.01
"""Seconds after a reset; pyOCD then polls until the core answers."""

logging.getLogger("pyocd").setLevel(logging.CRITICAL)


class OpenedProbe:
    """The probe `unique_id` on `backend`'s bus, between `open` and `close`."""

    def __init__(self, backend: IBackend | None, unique_id: str, board: Board) -> None:
        self._unique_id = unique_id
        self._board = board
        self._backend = backend
        self._open = ExitStack()
        self._session: Session | None = None
        self._link: stlink.UsbLink | None = None
        self._place: stlink.Location | None = None
        self._divider = CLOCK_DIVIDERS[0]

    @property
    def session(self) -> Session:
        """pyOCD's session."""
        assert self._session is not None, "the connection is not open"
        return self._session

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around calls of pyOCD: raises pyOCD's error when a USB transfer has failed, even if
        pyOCD caught that."""
        assert self._link is not None, "the connection is not open"
        with self._link.watched():
            yield

    @property
    def is_attached(self) -> bool:
        """Whether it was neither unplugged nor replugged; queries the bus, not the probe."""
        return self._place in stlink.attached(self._backend)

    @property
    def firmware(self) -> str | None:
        """Version of the probe's firmware: `V3J13M4`."""
        found = self.session.probe
        return found._link.version_str if isinstance(found, StlinkProbe) else None

    def close(self) -> None:
        """Releases the probe; the core's state does not change. Never raises."""
        self._session = None
        self._open.close()

    def open(self) -> None:
        """Tries ever slower SWD clocks, then a connection under reset (for firmware that
        disables SWD).

        The core keeps running. Raises StationError when the probe is not plugged in, and the
        errors of pyOCD and pyusb (`error_mapping.FOREIGN`).
        """
        target = targets.register(self._board)
        attempts = [("attach", divider) for divider in CLOCK_DIVIDERS]
        attempts.append(("under-reset", CLOCK_DIVIDERS[-1]))
        for number, (mode, divider) in enumerate(attempts, 1):
            self._divider = divider
            try:
                self._session = self._start_session(target, mode, divider)
            except FOREIGN as error:
                self._open.close()
                if number == len(attempts) or not is_signal_error(error):
                    raise
            else:
                return

    def _start_session(self, target: str, mode: str, divider: int) -> Session:
        device = self._find()
        self._place = stlink.location(device)
        self._link = link = self._open.enter_context(stlink.interface(device))
        options = {
            "target_override": target,
            "frequency": self._board.probe.swd_hz // divider,
            "connect_mode": mode,
            "resume_on_disconnect": False,
            "hide_programming_progress": True,
            "reset.post_delay": RESET_DELAY,
            # pyOCD changes into its project folder and runs a script that it finds there.
            "project_dir": os.getcwd(),
            "no_config": True,
            "user_script": os.devnull,
        }
        with link.watched(), slips_mapped():
            session = Session(StlinkProbe(link), options=options)
            self._open.callback(_close, session, link)
            session.open()
            _require_complete(session)
        return session

    def _find(self) -> Any:
        """The USB device with the wanted serial number.

        If none matches but a device cannot be read, raises that device's USBError: it may be the
        wanted one. Devices that another tinylab process has locked are not opened.
        """
        wanted = self._unique_id.lower()
        unreadable: usb.core.USBError | exceptions.Error | None = None
        taken = {
            place
            for place, note in lock.held().items()
            if (note.probe.get("unique_id") or "").lower() != wanted
        }
        for device in stlink.devices(self._backend):
            if stlink.location(device).key in taken:
                continue
            try:
                with stlink.interface(device) as interface:
                    if interface.serial_number.lower() == wanted:
                        return device
            except (usb.core.USBError, exceptions.Error) as error:
                unreadable = error
        if unreadable is not None:
            raise unreadable
        raise NotAttached(
            f"Probe {self._unique_id} is not plugged in.",
            remedy="`tinylab probes` lists the probes that are.",
            probe=self._unique_id,
        )

    @property
    def stepped_down(self) -> str | None:
        """`SWD stepped down to 1.15 MHz` when transfers failed at the fastest clock, else None."""
        if self._divider == CLOCK_DIVIDERS[0]:
            return None
        return f"SWD stepped down to {megahertz(self._board.probe.swd_hz // self._divider)}"

    def step_down(self) -> bool:
        """Change to the next slower clock; False when there is none."""
        slower = [divider for divider in CLOCK_DIVIDERS if divider > self._divider]
        if not slower:
            return False
        self._divider = slower[0]
        try:
            self.session.probe.set_clock(self._board.probe.swd_hz // self._divider)
            self.session.target.dp.clear_sticky_err()
        except FOREIGN:
            return self.step_down()
        return True


def _close(session: Session, link: stlink.UsbLink) -> None:
    """A transfer that fails while closing changes nothing about what was done before."""
    with suppress(*FOREIGN), link.watched():
        session.close()


def _require_complete(session: Session) -> None:
    """pyOCD leaves out what it fails to read of a core, and calls that connected.

    Raises pyOCD's TransferError, because a slower SWD clock may help.
    """
    core = session.target.selected_core
    complete = (
        core is not None
        and "xpsr" in core.core_registers.by_name
        and core.fpb is not None
        and core.fpb.available_breakpoints > 0
    )
    if not complete:
        raise exceptions.TransferError("the core's debug components were not read completely")
