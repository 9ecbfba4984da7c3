"""An empty bus, and a desk that takes its boards away at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tinylab.sim.virtual_probe.usb_bus import VirtualBus


@pytest.fixture
def bus() -> VirtualBus:
    return VirtualBus()


@pytest.fixture
def desk() -> Iterator[ExitStack]:
    with ExitStack() as boards:
        yield boards
