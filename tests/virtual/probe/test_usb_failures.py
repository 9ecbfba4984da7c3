"""A transfer that fails ends the run of its board, whatever pyOCD makes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.campaign.usb import BOARD, Failure, attempt
from tests.fakes.lab import Desk, desk
from tests.fakes.stations import station
from tests.virtual.probe.faulty_usb import FaultKind, FaultyUsb
from tinylab.errors import LinkError
from tinylab.probe.connection import Connection

FAILURES = (
    (2, FaultKind.GONE, False),
    (20, FaultKind.TIME_OUT, True),
    (75, FaultKind.STALL, False),
    (130, FaultKind.INPUT_OUTPUT, False),
    (160, FaultKind.TIME_OUT, False),
    (175, FaultKind.INPUT_OUTPUT, False),
    (188, FaultKind.SHORT, False),
    (240, FaultKind.STALL, False),
    (420, FaultKind.SHORT, True),
    (1200, FaultKind.GONE, False),
    (2600, FaultKind.STALL, True),
    (2900, FaultKind.INPUT_OUTPUT, False),
)
"""Finding the probe takes 42 transfers, connecting 230 (from 156 to 191 pyOCD learns of the core's
registers, and catches errors), flashing 2,500, measuring 400."""

FASTEST_KHZ = 24_000


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(BOARD, tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture(scope="module")
def usb(scene: Desk) -> FaultyUsb:
    return FaultyUsb(scene.bus, scene.device)


@pytest.mark.parametrize(("number", "kind", "stays"), FAILURES)
def test_a_transfer_fails(
    scene: Desk, usb: FaultyUsb, number: int, kind: FaultKind, stays: bool
) -> None:
    assert attempt(scene, usb, Failure(number, kind, stays=stays, beside=False)) is None
    assert usb.failed, "the run was over before"


def test_another_board_of_the_plan_is_measured(scene: Desk, usb: FaultyUsb) -> None:
    failure = Failure(140, FaultKind.INPUT_OUTPUT, stays=False, beside=True)
    assert attempt(scene, usb, failure) is None


@pytest.mark.parametrize("kind", FaultKind)
def test_a_transfer_fails_while_closing(kind: FaultKind) -> None:
    """Leaving a connection never raises, and lets go of the probe."""
    with station(BOARD) as (bus, device):
        usb = FaultyUsb(bus, device)
        with Connection(bus, device.descriptor.serial_number, BOARD) as connection:
            connection.identify()
            usb.arm(1, kind, stays=True)
        assert usb.failed
        assert bus.held == ()
        usb.disarm()
        with Connection(bus, device.descriptor.serial_number, BOARD) as connection:
            connection.identify()


def test_after_a_failed_transfer_nothing_is_read() -> None:
    """The next answer could be that of the command before."""
    with (
        station(BOARD) as (bus, device),
        Connection(bus, device.descriptor.serial_number, BOARD) as connection,
    ):
        usb = FaultyUsb(bus, device)
        usb.arm(2, FaultKind.TIME_OUT, stays=False)
        for _ in range(3):
            with pytest.raises(LinkError, match="TIME_OUT"):
                connection.read_words(BOARD.ram[0].base, 4)
        assert usb.count == 2


def test_a_core_that_was_read_incompletely_is_connected_to_again() -> None:
    """pyOCD also catches errors on SWD, and keeps a core without registers or breakpoints."""
    with station(BOARD) as (bus, device):
        read, count, failing = device._read, 0, 0

        def reading(command: bytes, size: int) -> bytes:
            nonlocal count
            count += 1
            device.wire_khz = 0 if count == failing else FASTEST_KHZ
            answer = read(command, size)
            device.wire_khz = FASTEST_KHZ
            return answer

        device._read = reading  # type: ignore[method-assign]

        def connect(number: int) -> tuple[int, str | None]:
            """The reads that connecting takes, and the slower clock, if one was needed."""
            nonlocal count, failing
            count, failing = 0, number
            with Connection(bus, device.descriptor.serial_number, BOARD) as connection:
                reads = count
                connection.halt()
                connection.read_core_register("xpsr")
                connection.set_breakpoint(BOARD.flash.base)
                return reads, connection.stepped_down

        reads, slower = connect(0)
        assert slower is None
        clocks = [connect(number)[1] for number in range(1, reads + 1)]
        assert any(clocks)
