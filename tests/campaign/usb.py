"""USB transfers that fail, one in each run, from finding the probe to closing it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.lab import Desk, Ended, desk, finished
from tests.virtual.probe.faulty_usb import RELEASE, FaultKind, FaultyUsb
from tinylab.boards.catalog import by_name
from tinylab.errors import ExitCode

TITLE = "each USB transfer of a run fails, once or from then on"
BOARD = by_name("nucleo_wb55rg")
OTHER = "sim:nucleo_u575zi_q@4"
"""Its probe is another product: two virtual buses number their devices alike, and the lock of the
board that plays a real one is told apart by that."""
TOLD = (ExitCode.STATION, ExitCode.LINK)


@dataclass(frozen=True)
class Failure:
    """What fails: a transfer by its number; `beside` runs another board in the same plan."""

    number: int
    kind: FaultKind
    stays: bool
    beside: bool

    def __str__(self) -> str:
        lasting = ", and all that follow" if self.stays else ""
        beside = ", another board beside it" if self.beside else ""
        return f"transfer {self.number} ({self.kind.name}{lasting}{beside})"


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    with desk(BOARD, folder) as scene:
        usb = FaultyUsb(scene.bus, scene.device)
        usb.disarm()
        clean = _measure(scene, beside=False)
        assert clean.code == ExitCode.OK, clean.said
        for number in numbers.sample(range(1, usb.count + 1), usb.count):
            failure = Failure(
                number,
                numbers.choice(list(FaultKind)),
                stays=numbers.random() < 0.5,
                beside=numbers.random() < 0.25,
            )
            yield attempt(scene, usb, failure)


def attempt(scene: Desk, usb: FaultyUsb, failure: Failure) -> str | None:
    """One run with a failing transfer, and one without; what was lost, if anything."""
    done: list[int] = []
    with scene.fault():
        scene.on(finished(BOARD), lambda: done.append(usb.count))
        usb.arm(failure.number, failure.kind, stays=failure.stays)
        ended = _measure(scene, beside=failure.beside)
    lost = _lost(scene, usb, failure, ended, measured_by=done[0] if done else None)
    usb.disarm()
    again = scene.measure()
    if lost is None and again.code != ExitCode.OK:
        lost = f"the next run ended with {again.code}: {again.said}"
    return None if lost is None else f"{failure}: {lost}"


def _measure(scene: Desk, *, beside: bool) -> Ended:
    """The flash is erased first, so that all of it is programmed."""
    flash = scene.device.machine.memory.flash
    flash.buffer[:] = b"\xff" * len(flash.buffer)
    return scene.measure(also=(OTHER,) if beside else ())


def _lost(
    scene: Desk, usb: FaultyUsb, failure: Failure, ended: Ended, *, measured_by: int | None
) -> str | None:
    late = measured_by is not None and failure.number > measured_by
    may_pass = late or set(usb.failed) <= set(RELEASE)
    whole_lost = {
        "a bug in tinylab": "Internal error" in ended.said or "Traceback" in ended.said,
        "another exit code": ended.code not in (*TOLD, ExitCode.OK),
        "nothing was told": ended.code == ExitCode.OK and not may_pass,
        "the result": ended.code != ExitCode.OK and late,
        "the other board's result": failure.beside and "u575" not in ended.said.lower(),
        "samples": not failure.beside and scene.kept() != scene.told,
        "the probe, left claimed or open": scene.bus.held != (),
    }
    for what, is_lost in whole_lost.items():
        if is_lost:
            return f"{what}; exit code {ended.code}, {usb.failed[:3]}: {ended.said}"
    return None
