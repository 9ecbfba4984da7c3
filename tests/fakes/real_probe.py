"""A pytest plugin: a virtual board that `--probe` treats as a real one.

Use it as `pytest -p tests.fakes.real_probe --probe SERIAL`; it tests the option itself.
"""

from __future__ import annotations

import pytest

from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab.bench.station import station
from tinylab.boards.catalog import by_name
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

SERIAL = "0660WB55RG00000000000000"


def pytest_configure(config: pytest.Config) -> None:
    bus, patch = VirtualBus(), pytest.MonkeyPatch()
    board = plugged(bus, by_name("nucleo_wb55rg"))
    device = board.__enter__()
    config.add_cleanup(lambda: board.__exit__(None, None, None))
    config.add_cleanup(patch.undo)
    assert device.descriptor.serial_number == SERIAL
    patch.setattr(station, "usb_bus", lambda: bus)
    trust_the_clock_of(device, patch)
