"""The COM port of a real probe, played by a pseudo-terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.fakes.stations import wait_until
from tinylab.errors import LinkError, StationError
from tinylab.probe.serial_port import BAUD, ComPort


@pytest.fixture
def ends() -> Iterator[tuple[int, str]]:
    master, slave = os.openpty()
    yield master, os.ttyname(slave)
    for end in (master, slave):
        try:
            os.close(end)
        except OSError:
            continue


def test_bytes_go_both_ways_and_reading_does_not_wait(ends: tuple[int, str]) -> None:
    master, name = ends
    port = ComPort(name, BAUD)
    assert port.read() == b""
    port.write(b"name%")
    assert os.read(master, 16) == b"name%"
    os.write(master, b"m-ready\r\n")
    heard = b""

    def all_there() -> bool:
        nonlocal heard
        heard += port.read()
        return heard.endswith(b"\n")

    wait_until(all_there)
    assert heard == b"m-ready\r\n"
    port.close()


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(StationError, match="/dev/nowhere cannot be opened") as caught:
        ComPort("/dev/nowhere", BAUD)
    assert "dialout" in caught.value.remedy


def test_a_cable_that_is_pulled(ends: tuple[int, str]) -> None:
    master, name = ends
    port = ComPort(name, BAUD)
    os.close(master)

    def talk_on() -> None:
        while True:
            port.write(b"?")
            port.read()

    with pytest.raises(LinkError, match=r"The serial port .* failed"):
        talk_on()
