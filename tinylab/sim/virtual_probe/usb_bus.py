"""A USB bus with virtual devices in addition to the real ones.

It is a pyusb backend: code that uses it, such as pyOCD's ST-Link driver, accesses virtual
devices like real ones. Only the functions used by such code are emulated: descriptors, one
configuration, claiming interfaces, bulk transfers.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import usb.core
from usb.backend import IBackend

from tinylab.sim.virtual_probe.usb_device import (
    VirtualUsbDevice,
    configuration_descriptor,
    device_descriptor,
    endpoint_descriptor,
    interface_descriptor,
)

DEBUG_INTERFACE = 0
STRING_DESCRIPTOR = 3
GET_DESCRIPTOR = 6


class _OpenDevice:
    """A handle; it becomes permanently invalid when the device is unplugged."""

    def __init__(self, device: VirtualUsbDevice) -> None:
        self.device = device
        self.plugged = True


def _failure(number: int, text: str) -> usb.core.USBError:
    return usb.core.USBError(text, None, number)


def _no_device() -> usb.core.USBError:
    return _failure(errno.ENODEV, "No such device (it may have been disconnected)")


class _VirtualDevices(IBackend):  # type: ignore[misc]
    """The part of the bus with virtual devices; methods as documented in `IBackend`."""

    def __init__(self) -> None:
        self.devices: list[VirtualUsbDevice] = []
        self._handles: list[_OpenDevice] = []
        self._claims: dict[VirtualUsbDevice, _OpenDevice] = {}
        self._lock = threading.RLock()
        self._last_address = 0
        """As on a real bus, a device that is plugged in again gets a new address."""

    def plug(self, device: VirtualUsbDevice) -> None:
        with self._lock:
            self._last_address = device.address = self._last_address + 1
            self.devices.append(device)

    def unplug(self, device: VirtualUsbDevice) -> None:
        with self._lock:
            self.devices.remove(device)
            self._claims.pop(device, None)
            for handle in self._handles:
                handle.plugged &= handle.device is not device
            self._handles = [handle for handle in self._handles if handle.plugged]
        device.released()

    @property
    def held(self) -> tuple[VirtualUsbDevice, ...]:
        with self._lock:
            return tuple({*self._claims, *(handle.device for handle in self._handles)})

    def get_parent(self, dev: VirtualUsbDevice) -> None:
        return None

    def get_device_descriptor(self, dev: VirtualUsbDevice) -> SimpleNamespace:
        return device_descriptor(dev)

    def get_configuration_descriptor(self, dev: VirtualUsbDevice, config: int) -> SimpleNamespace:
        return configuration_descriptor(dev, config)

    def get_interface_descriptor(
        self, dev: VirtualUsbDevice, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        return interface_descriptor(dev, intf, alt)

    def get_endpoint_descriptor(
        self, dev: VirtualUsbDevice, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        return endpoint_descriptor(dev, ep, intf)

    def open_device(self, dev: VirtualUsbDevice) -> _OpenDevice:
        with self._lock:
            if dev not in self.devices:
                raise _no_device()
            if dev.denied:
                raise _failure(errno.EACCES, "Access denied (insufficient permissions)")
            handle = _OpenDevice(dev)
            self._handles.append(handle)
            return handle

    def close_device(self, dev_handle: _OpenDevice) -> None:
        with self._lock:
            self._let_go(dev_handle)
            if dev_handle in self._handles:
                self._handles.remove(dev_handle)

    def get_configuration(self, dev_handle: _OpenDevice) -> int:
        self._present(dev_handle)
        return 1

    def set_configuration(self, dev_handle: _OpenDevice, config_value: int) -> None:
        self._present(dev_handle)

    def set_interface_altsetting(self, dev_handle: _OpenDevice, intf: int, altsetting: int) -> None:
        self._present(dev_handle)

    def claim_interface(self, dev_handle: _OpenDevice, intf: int) -> None:
        with self._lock:
            device = self._present(dev_handle)
            if intf != DEBUG_INTERFACE:
                return
            if device.claimed_elsewhere or self._claims.get(device, dev_handle) is not dev_handle:
                raise _failure(errno.EBUSY, "Resource busy")
            self._claims[device] = dev_handle

    def release_interface(self, dev_handle: _OpenDevice, intf: int) -> None:
        with self._lock:
            self._present(dev_handle)
            self._let_go(dev_handle)

    def bulk_write(
        self, dev_handle: _OpenDevice, ep: int, intf: int, data: Any, timeout: int
    ) -> int:
        self._present(dev_handle).on_transfer()  # it may unplug the device
        self._present(dev_handle).bulk_out(ep, bytes(data))
        return len(data)

    def bulk_read(
        self, dev_handle: _OpenDevice, ep: int, intf: int, buff: Any, timeout: int
    ) -> int:
        self._present(dev_handle).on_transfer()
        device = self._present(dev_handle)
        data = device.bulk_in(ep, len(buff))
        if data is None:
            raise usb.core.USBTimeoutError("Operation timed out", None, errno.ETIMEDOUT)
        data = data[: device.longest_answer]
        if len(data) > len(buff):
            raise _failure(errno.EOVERFLOW, "Overflow")
        memoryview(buff)[: len(data)] = data
        return len(data)

    def ctrl_transfer(
        self,
        dev_handle: _OpenDevice,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: Any,
        timeout: int,
    ) -> int:
        device = self._present(dev_handle)
        if bRequest != GET_DESCRIPTOR or wValue >> 8 != STRING_DESCRIPTOR:
            raise _failure(errno.EPIPE, "Pipe error")
        body = device.string(wValue & 0xFF)
        answer = bytes([len(body) + 2, STRING_DESCRIPTOR]) + body
        count = min(len(answer), len(data))
        memoryview(data)[:count] = answer[:count]
        return count

    def clear_halt(self, dev_handle: _OpenDevice, ep: int) -> None:
        self._present(dev_handle)

    def reset_device(self, dev_handle: _OpenDevice) -> None:
        self._present(dev_handle)

    def is_kernel_driver_active(self, dev_handle: _OpenDevice, intf: int) -> bool:
        return False

    def detach_kernel_driver(self, dev_handle: _OpenDevice, intf: int) -> None:
        """No kernel driver ever holds a virtual device."""

    def attach_kernel_driver(self, dev_handle: _OpenDevice, intf: int) -> None:
        """No kernel driver ever holds a virtual device."""

    def _present(self, handle: _OpenDevice) -> VirtualUsbDevice:
        if not handle.plugged:
            raise _no_device()
        return handle.device

    def _let_go(self, handle: _OpenDevice) -> None:
        if self._claims.get(handle.device) is handle:
            del self._claims[handle.device]
            handle.device.released()


def _routed(name: str) -> Callable[..., Any]:
    def call(bus: VirtualBus, target: Any, *arguments: Any) -> Any:
        virtual = isinstance(target, (_OpenDevice, VirtualUsbDevice))
        return getattr(bus.virtual if virtual else bus.real, name)(target, *arguments)

    return call


class VirtualBus(IBackend):  # type: ignore[misc]
    """A pyusb backend with virtual devices, and with those of `real` if given."""

    def __init__(self, real: IBackend | None = None) -> None:
        self.real = real
        self.virtual = _VirtualDevices()

    @property
    def devices(self) -> tuple[VirtualUsbDevice, ...]:
        """The virtual devices that are plugged in."""
        return tuple(self.virtual.devices)

    @property
    def held(self) -> tuple[VirtualUsbDevice, ...]:
        """The virtual devices that are open or claimed."""
        return self.virtual.held

    def plug(self, device: VirtualUsbDevice) -> None:
        self.virtual.plug(device)

    def unplug(self, device: VirtualUsbDevice) -> None:
        """Unplug the device: every open handle then fails with ENODEV."""
        self.virtual.unplug(device)

    def enumerate_devices(self) -> Iterator[Any]:
        yield from self.devices
        if self.real is not None:
            yield from self.real.enumerate_devices()

    get_parent = _routed("get_parent")
    get_device_descriptor = _routed("get_device_descriptor")
    get_configuration_descriptor = _routed("get_configuration_descriptor")
    get_interface_descriptor = _routed("get_interface_descriptor")
    get_endpoint_descriptor = _routed("get_endpoint_descriptor")
    open_device = _routed("open_device")
    close_device = _routed("close_device")
    get_configuration = _routed("get_configuration")
    set_configuration = _routed("set_configuration")
    set_interface_altsetting = _routed("set_interface_altsetting")
    claim_interface = _routed("claim_interface")
    release_interface = _routed("release_interface")
    bulk_write = _routed("bulk_write")
    bulk_read = _routed("bulk_read")
    intr_write = _routed("intr_write")
    intr_read = _routed("intr_read")
    iso_write = _routed("iso_write")
    iso_read = _routed("iso_read")
    ctrl_transfer = _routed("ctrl_transfer")
    clear_halt = _routed("clear_halt")
    reset_device = _routed("reset_device")
    is_kernel_driver_active = _routed("is_kernel_driver_active")
    detach_kernel_driver = _routed("detach_kernel_driver")
    attach_kernel_driver = _routed("attach_kernel_driver")
