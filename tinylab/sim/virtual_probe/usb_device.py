"""Virtual USB devices, and their descriptors in the form returned by pyusb's backends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

VIRTUAL_BUS_NUMBER = 250
BULK = 2
ENGLISH = b"\x09\x04"


@dataclass(frozen=True)
class Endpoint:
    """One bulk endpoint: address (bit 7 set for IN) and packet size in bytes."""

    address: int
    packet_size: int


@dataclass(frozen=True)
class Interface:
    """One interface: class, subclass, protocol and its endpoints."""

    codes: tuple[int, int, int]
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True)
class Descriptor:
    """A device's description; `speed` as numbered by libusb (2 full, 3 high)."""

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    serial_number: str
    interfaces: tuple[Interface, ...]
    speed: int


class VirtualUsbDevice:
    """The device end of a cable; a subclass implements `bulk_out` and `bulk_in`.

    Faults can be simulated: `claimed_elsewhere` is a program that has claimed the device,
    `denied` a missing udev rule. `on_transfer` is called before every bulk transfer, and may wait
    or unplug the cable; answers are truncated to `longest_answer` bytes.
    """

    def __init__(self, descriptor: Descriptor) -> None:
        self.descriptor = descriptor
        self.address = 0
        self.claimed_elsewhere = False
        self.denied = False
        self.on_transfer: Callable[[], None] = lambda: None
        self.longest_answer: int | None = None

    def bulk_out(self, endpoint: int, data: bytes) -> None:
        """The host sent `data`."""
        raise NotImplementedError

    def bulk_in(self, endpoint: int, size: int) -> bytes | None:
        """The host requests at most `size` bytes; None if there are none."""
        raise NotImplementedError

    def string(self, index: int) -> bytes:
        """String descriptor `index` as UTF-16; 0 lists the languages."""
        described = self.descriptor
        strings = (described.manufacturer, described.product, described.serial_number)
        return strings[index - 1].encode("utf-16-le") if index else ENGLISH

    def released(self) -> None:
        """The host released the device: discard incomplete commands."""


def device_descriptor(device: VirtualUsbDevice) -> SimpleNamespace:
    described = device.descriptor
    return SimpleNamespace(
        bLength=18,
        bDescriptorType=1,
        bcdUSB=0x200,
        bDeviceClass=0xEF,
        bDeviceSubClass=2,
        bDeviceProtocol=1,
        bMaxPacketSize0=64,
        idVendor=described.vendor_id,
        idProduct=described.product_id,
        bcdDevice=0x100,
        iManufacturer=1,
        iProduct=2,
        iSerialNumber=3 if described.serial_number else 0,
        bNumConfigurations=1,
        address=device.address,
        bus=VIRTUAL_BUS_NUMBER,
        port_number=device.address,
        port_numbers=(device.address,),
        speed=described.speed,
    )


def configuration_descriptor(device: VirtualUsbDevice, index: int) -> SimpleNamespace:
    """The only configuration; IndexError for any other."""
    if index:
        raise IndexError(index)
    return SimpleNamespace(
        bLength=9,
        bDescriptorType=2,
        wTotalLength=64,
        bNumInterfaces=len(device.descriptor.interfaces),
        bConfigurationValue=1,
        iConfiguration=0,
        bmAttributes=0x80,
        bMaxPower=150,
        extra_descriptors=[],
    )


def interface_descriptor(device: VirtualUsbDevice, index: int, setting: int) -> SimpleNamespace:
    """Interface `index`, which has one setting; IndexError for any other."""
    if setting:
        raise IndexError(setting)
    interface = device.descriptor.interfaces[index]
    code, subclass, protocol = interface.codes
    return SimpleNamespace(
        bLength=9,
        bDescriptorType=4,
        bInterfaceNumber=index,
        bAlternateSetting=0,
        bNumEndpoints=len(interface.endpoints),
        bInterfaceClass=code,
        bInterfaceSubClass=subclass,
        bInterfaceProtocol=protocol,
        iInterface=0,
        extra_descriptors=[],
    )


def endpoint_descriptor(device: VirtualUsbDevice, index: int, interface: int) -> SimpleNamespace:
    endpoint = device.descriptor.interfaces[interface].endpoints[index]
    return SimpleNamespace(
        bLength=7,
        bDescriptorType=5,
        bEndpointAddress=endpoint.address,
        bmAttributes=BULK,
        wMaxPacketSize=endpoint.packet_size,
        bInterval=0,
        bRefresh=0,
        bSynchAddress=0,
        extra_descriptors=[],
    )
