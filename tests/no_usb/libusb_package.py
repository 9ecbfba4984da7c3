"""In place of the package of this name: a USB library that works, on a bus with no devices.

`tests.guard` puts this folder at the head of the search path of tests and their children.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import usb.core
from usb.backend import IBackend

__version__ = "0"


class EmptyBus(IBackend):
    """What nobody listed, nobody can open."""

    def enumerate_devices(self) -> Iterator[Any]:
        return iter(())


def get_libusb1_backend() -> IBackend:
    return EmptyBus()


def find(*arguments: Any, **wanted: Any) -> Any:
    """As `usb.core.find`, which would load the system's library if no backend is named."""
    return usb.core.find(*arguments, **{"backend": get_libusb1_backend(), **wanted})
