"""Programs the flash and verifies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from pyocd.flash.loader import FlashLoader

from tinylab.errors import FlashVerifyError, Interrupted, LinkError
from tinylab.probe import protection
from tinylab.probe.connection import Connection
from tinylab.probe.error_mapping import slips_mapped

READ_BACK_BYTES = 0x4000
ERASE_END, PROGRAM_END = 0.1, 0.9
"""Fraction of the work done after erasing and after programming, for the progress."""

Segments = Sequence[tuple[int, bytes]]
"""(address, bytes) of each piece of an image."""
Progress = Callable[[float], None]
"""Called with the fraction of the work that is done, 0 to 1; never decreases."""


def program(
    connection: Connection, segments: Segments, progress: Progress, *, mass_erase: bool = False
) -> None:
    """Erase, program and verify; leaves the core halted after a reset.

    Sectors that already hold the same bytes are skipped. The rest of a sector that is written
    is erased; with `mass_erase`, the whole flash is. Option bytes are never written.
    Raises StationError when the board or the chip is not the expected one and LinkError when the
    flash is protected, both before anything is written, and LinkError when programming or
    verifying fails. `progress` may raise Interrupted: the flash then holds a part of the image.
    It is called between sectors and pages, so a sector that is being erased (1 to 2 s for 128 KB
    of an STM32H7) is always completed first.
    """
    connection.identify()
    touched = [(address, len(data)) for address, data in segments]
    protection.require_writable(connection, None if mass_erase else touched)
    connection.reset_and_halt()
    if mass_erase:
        progress(0.0)
        _erase_everything(connection)
    with connection.link_errors("programming the flash"):
        loader = FlashLoader(
            connection.session,
            progress=_Phases(progress),
            chip_erase="sector",
            smart_flash=True,
            trust_crc=True,
            keep_unwritten=False,
        )
        with slips_mapped():  # what lies outside the flash is a ValueError of pyOCD's
            for address, data in segments:
                loader.add_data(address, data)
        try:
            loader.commit()
        except Interrupted:
            _halt_algorithm(connection)
            raise
    verify(connection, segments, lambda done: progress(PROGRAM_END + done * (1 - PROGRAM_END)))
    progress(1.0)
    connection.reset_and_halt()


def _erase_everything(connection: Connection) -> None:
    """The algorithm of the first region erases the whole flash, both banks if there are two."""
    with connection.link_errors("erasing the flash"):
        algorithm = connection.session.target.memory_map.get_boot_memory().flash
        algorithm.init(algorithm.Operation.ERASE)
        algorithm.erase_all()
        algorithm.uninit()


def _halt_algorithm(connection: Connection) -> None:
    """Halt the flash algorithm, which may already be writing the next page.

    The flash completes the current word. A reset, as the next image causes one, would leave
    that word half written, and unreadable on parts with ECC.
    """
    with suppress(LinkError):
        connection.halt()


def verify(
    connection: Connection, segments: Segments, progress: Progress = lambda done: None
) -> None:
    """Raise LinkError, with the address, when the flash does not hold `segments`."""
    total = sum(len(data) for _, data in segments)
    done = 0
    for address, data in segments:
        for at in range(0, len(data), READ_BACK_BYTES):
            progress(done / total)
            wanted = data[at : at + READ_BACK_BYTES]
            done += len(wanted)
            if connection.read_bytes(address + at, len(wanted)) != wanted:
                raise FlashVerifyError(
                    f"Verifying the flash of the {connection.board.title} failed at "
                    f"{address + at:#010x}: it does not hold the programmed bytes.",
                    remedy="Try again. If it fails again, the flash is worn or protected.",
                    probe=connection.unique_id,
                    address=address + at,
                )


class _Phases:
    """Joins pyOCD's two progress counts, 0 to 1 for erasing and 0 to 1 for programming."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._erasing = True
        self._last = 0.0

    def __call__(self, done: float) -> None:
        if done < self._last:
            self._erasing = False
        self._last = done
        if self._erasing:
            self._progress(done * ERASE_END)
        else:
            self._progress(ERASE_END + done * (PROGRAM_END - ERASE_END))
