"""No exception of pyOCD or pyusb gets past the probe layer."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator

import pytest
import usb.core
import usb.util
from pyocd.core import exceptions

from tinylab.errors import LinkError, SignalError, StationError, Unplugged
from tinylab.probe import error_mapping, udev
from tinylab.probe.usb_sysfs import User


def family(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


FOREIGN = [*family(exceptions.Error), usb.core.USBError, usb.core.USBTimeoutError]


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_foreign_error_is_translated(kind: type[Exception]) -> None:
    with (
        pytest.raises(LinkError, match="066A") as caught,
        error_mapping.link_errors("066A", "reading"),
    ):
        raise kind("something")
    assert caught.value.remedy
    assert isinstance(caught.value.__cause__, kind)
    assert isinstance(error_mapping.not_opened(kind("something"), "066A"), StationError)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENODEV, "unplugged"),
        (errno.EBUSY, "another program"),
        (errno.EACCES, "permission"),
    ],
)
def test_the_usb_error_at_the_root_is_found(number: int, sentence: str) -> None:
    outer = exceptions.ProbeError("USB Error")
    outer.__cause__ = usb.core.USBError("text", None, number)
    assert sentence in error_mapping.not_opened(outer, "066A").message


def test_an_unplugged_probe_is_named_as_such_in_mid_call() -> None:
    outer = exceptions.ProbeError("USB Error")
    outer.__cause__ = usb.core.USBError("text", None, errno.ENODEV)
    error = error_mapping.broken_link(outer, "066A", "reading memory")
    assert error.message == "Probe 066A was unplugged while reading memory."


def test_the_permission_remedy_is_one_command_that_writes_the_rule() -> None:
    remedy = error_mapping.not_opened(usb.core.USBError("text", None, errno.EACCES), "066A").remedy
    command = remedy.partition(": ")[2]
    writing = command.partition(" | sudo tee")[0]
    done = subprocess.run(["sh", "-c", writing], capture_output=True, text=True, check=True)
    assert done.stdout == udev.RULE + "\n"
    assert command.endswith("sudo udevadm control --reload && sudo udevadm trigger")


def test_whoever_holds_a_probe_is_named() -> None:
    busy = usb.core.USBError("text", None, errno.EBUSY)
    error = error_mapping.not_opened(busy, "066A", (User(4711, "openocd"),))
    assert error.message == "Probe 066A is in use by openocd (process 4711)."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.TransferError("DP error"), SignalError),
        (exceptions.TransferTimeoutError("AP wait"), SignalError),
        (exceptions.TimeoutError("halting"), SignalError),
        (exceptions.TransferFaultError(0x7000_0000), LinkError),
        (exceptions.TransferError(error_mapping.NO_TARGET), LinkError),
        (exceptions.ProbeError("unknown command"), LinkError),
        (usb.core.USBError("text", None, errno.ENODEV), Unplugged),
    ],
    ids=str,
)
def test_bad_signals_are_told_from_bad_addresses(error: Exception, kind: type[LinkError]) -> None:
    """Only the former are worth another try at a slower clock."""
    told = error_mapping.broken_link(error, "066A", "reading memory")
    assert type(told) is kind
    assert error_mapping.is_wire_trouble(error) is (kind is SignalError)


class Nameless:
    """A USB device that names no language of its strings."""

    langids = ()


class Mistaken:
    """A device on a bus of ours whose code has a mistake."""

    def __init__(self, kind: type[Exception]) -> None:
        self._kind = kind

    @property
    def langids(self) -> tuple[int, ...]:
        raise self._kind("a mistake")


def test_what_slips_from_pyusb_or_pyocd_becomes_a_foreign_error() -> None:
    with pytest.raises(exceptions.Error, match="no langid") as caught, error_mapping.slips_mapped():
        usb.util.get_string(Nameless(), 1)
    assert isinstance(caught.value, error_mapping.FOREIGN)
    assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("kind", [AssertionError, ValueError, FileNotFoundError])
def test_a_mistake_of_our_own_is_no_foreign_error(kind: type[Exception]) -> None:
    """Also where pyOCD or pyusb has called our code, as on a virtual board."""
    for guard in (error_mapping.slips_mapped(), error_mapping.link_errors("066A", "reading")):
        with pytest.raises(kind, match="a mistake"), guard:
            usb.util.get_string(Mistaken(kind), 1)


def test_our_own_errors_pass_untouched() -> None:
    own = StationError("no such probe")
    with pytest.raises(StationError) as caught, error_mapping.link_errors("066A", "reading"):
        raise own
    assert caught.value is own
