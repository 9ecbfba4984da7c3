"""The virtual USB bus behaves as libusb does, and passes real devices through."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import usb.core
import usb.util
from usb.backend import IBackend

from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.sim.virtual_probe.usb_device import Descriptor, Endpoint, Interface, VirtualUsbDevice

OUT, IN = 0x01, 0x81


class Echo(VirtualUsbDevice):
    """Sends back what it gets."""

    def __init__(self, serial: str = "0123456789AB") -> None:
        super().__init__(
            Descriptor(
                vendor_id=0x0483,
                product_id=0x374B,
                manufacturer="tinylab virtual",
                product="Echo",
                serial_number=serial,
                interfaces=(
                    Interface((0xFF, 0, 0), (Endpoint(OUT, 64), Endpoint(IN, 64))),
                    Interface((8, 6, 0x50), ()),
                ),
                speed=2,
            )
        )
        self.queue: list[bytes] = []
        self.releases = 0

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        self.queue.append(data)

    def bulk_in(self, endpoint: int, size: int) -> bytes | None:
        return self.queue.pop(0) if self.queue else None

    def released(self) -> None:
        self.releases += 1


class OtherBackend(IBackend):
    """Stands for libusb: one device, and a note of what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def enumerate_devices(self) -> Iterator[str]:
        yield "a real device"

    def get_device_descriptor(self, dev: str) -> SimpleNamespace:
        self.asked.append(dev)
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0,
            bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=0x0483, idProduct=0x374E,
            bcdDevice=0x100, iManufacturer=0, iProduct=0, iSerialNumber=0, bNumConfigurations=1,
            address=4, bus=1, port_number=2, port_numbers=(2,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: str, config: int) -> SimpleNamespace:
        raise IndexError(config)

    def open_device(self, dev: str) -> str:
        self.asked.append(f"open {dev}")
        return f"handle of {dev}"

    def ctrl_transfer(self, dev_handle: str, *arguments: Any) -> int:
        self.asked.append(f"ctrl {dev_handle}")
        return 0

    def close_device(self, dev_handle: str) -> None:
        self.asked.append(f"close {dev_handle}")


def plugged(bus: VirtualBus) -> Any:
    return usb.core.find(backend=bus, idVendor=0x0483, idProduct=0x374B)


@pytest.fixture
def bus() -> VirtualBus:
    made = VirtualBus()
    made.plug(Echo())
    return made


def test_descriptors_and_strings(bus: VirtualBus) -> None:
    device = plugged(bus)
    assert (device.manufacturer, device.product) == ("tinylab virtual", "Echo")
    assert device.serial_number == "0123456789AB"
    configuration = device.get_active_configuration()
    assert [interface.bInterfaceClass for interface in configuration] == [0xFF, 8]
    endpoints = {endpoint.bEndpointAddress for endpoint in configuration[(0, 0)]}
    assert endpoints == {OUT, IN}


def test_bulk_transfers(bus: VirtualBus) -> None:
    device = plugged(bus)
    assert device.write(OUT, b"hello") == 5
    assert bytes(device.read(IN, 64)) == b"hello"
    with pytest.raises(usb.core.USBTimeoutError):
        device.read(IN, 64, 1)


def test_a_longer_answer_than_asked_for_is_an_overflow(bus: VirtualBus) -> None:
    device = plugged(bus)
    device.write(OUT, bytes(64))
    with pytest.raises(usb.core.USBError) as caught:
        device.read(IN, 16)
    assert caught.value.errno == errno.EOVERFLOW


def test_an_interface_is_claimed_once_until_released(bus: VirtualBus) -> None:
    first, second = plugged(bus), plugged(bus)
    usb.util.claim_interface(first, 0)
    with pytest.raises(usb.core.USBError) as caught:
        usb.util.claim_interface(second, 0)
    assert caught.value.errno == errno.EBUSY
    usb.util.release_interface(first, 0)
    usb.util.claim_interface(second, 0)


def test_closing_a_handle_gives_the_interface_back(bus: VirtualBus) -> None:
    [echo] = bus.devices
    assert isinstance(echo, Echo)
    first, second = plugged(bus), plugged(bus)
    usb.util.claim_interface(first, 0)
    usb.util.dispose_resources(first)
    assert echo.releases > 0
    usb.util.claim_interface(second, 0)


def test_an_unplugged_device_is_gone_for_its_old_handles(bus: VirtualBus) -> None:
    [echo] = bus.devices
    device = plugged(bus)
    device.write(OUT, b"x")
    bus.unplug(echo)
    assert plugged(bus) is None
    with pytest.raises(usb.core.USBError) as caught:
        device.write(OUT, b"x")
    assert caught.value.errno == errno.ENODEV
    bus.plug(echo)
    with pytest.raises(usb.core.USBError):
        device.read(IN, 64)
    plugged(bus).write(OUT, b"y")


def test_a_denied_device_can_be_seen_but_not_opened(bus: VirtualBus) -> None:
    [echo] = bus.devices
    echo.denied = True
    device = plugged(bus)
    assert device.idProduct == 0x374B
    with pytest.raises(usb.core.USBError) as caught:
        device.get_active_configuration()
    assert caught.value.errno == errno.EACCES


def test_two_devices_have_two_addresses() -> None:
    bus = VirtualBus()
    bus.plug(Echo("A"))
    bus.plug(Echo("B"))
    found = list(usb.core.find(find_all=True, backend=bus))
    assert {device.serial_number for device in found} == {"A", "B"}
    assert len({device.address for device in found}) == 2


def test_real_devices_share_the_bus() -> None:
    real = OtherBackend()
    bus = VirtualBus(real)
    bus.plug(Echo())
    found = {device.idProduct: device for device in usb.core.find(find_all=True, backend=bus)}
    assert set(found) == {0x374B, 0x374E}
    found[0x374E].ctrl_transfer(0x80, 6, 0x0100, 0, 18)
    found[0x374B].ctrl_transfer(0x80, 6, 0x0300, 0, 64)
    usb.util.dispose_resources(found[0x374E])
    assert real.asked == [
        "a real device",
        "open a real device",
        "ctrl handle of a real device",
        "close handle of a real device",
    ]
