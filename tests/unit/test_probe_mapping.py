"""No exception of pyOCD or pyusb gets past the probe layer."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator

import pytest
import usb.core
from pyocd.core import exceptions

from tinylab.errors import LinkError, SignalError, StationError, Unplugged
from tinylab.probe import mapping, udev
from tinylab.probe.system import User


def family(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


FOREIGN = [*family(exceptions.Error), usb.core.USBError, usb.core.USBTimeoutError, ValueError]


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
def test_every_foreign_error_is_translated(kind: type[Exception]) -> None:
    with pytest.raises(LinkError, match="066A") as caught, mapping.link_errors("066A", "reading"):
        raise kind("something")
    assert caught.value.remedy
    assert isinstance(caught.value.__cause__, kind)
    assert isinstance(mapping.not_opened(kind("something"), "066A"), StationError)


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
    assert sentence in mapping.not_opened(outer, "066A").message


def test_an_unplugged_probe_is_named_as_such_in_mid_call() -> None:
    outer = exceptions.ProbeError("USB Error")
    outer.__cause__ = usb.core.USBError("text", None, errno.ENODEV)
    error = mapping.broken_link(outer, "066A", "reading memory")
    assert error.message == "Probe 066A was unplugged while reading memory."


def test_the_permission_remedy_is_one_command_that_writes_the_rule() -> None:
    remedy = mapping.not_opened(usb.core.USBError("text", None, errno.EACCES), "066A").remedy
    command = remedy.partition(": ")[2]
    writing = command.partition(" | sudo tee")[0]
    done = subprocess.run(["sh", "-c", writing], capture_output=True, text=True, check=True)
    assert done.stdout == udev.RULE + "\n"
    assert command.endswith("sudo udevadm control --reload && sudo udevadm trigger")


def test_whoever_holds_a_probe_is_named() -> None:
    busy = usb.core.USBError("text", None, errno.EBUSY)
    error = mapping.not_opened(busy, "066A", (User(4711, "openocd"),))
    assert error.message == "Probe 066A is in use by openocd (process 4711)."


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (exceptions.TransferError("DP error"), SignalError),
        (exceptions.TransferTimeoutError("AP wait"), SignalError),
        (exceptions.TimeoutError("halting"), SignalError),
        (exceptions.TransferFaultError(0x7000_0000), LinkError),
        (exceptions.TransferError(mapping.NO_TARGET), LinkError),
        (exceptions.ProbeError("unknown command"), LinkError),
        (usb.core.USBError("text", None, errno.ENODEV), Unplugged),
    ],
    ids=str,
)
def test_bad_signals_are_told_from_bad_addresses(error: Exception, kind: type[LinkError]) -> None:
    """Only the former are worth another try at a slower clock."""
    told = mapping.broken_link(error, "066A", "reading memory")
    assert type(told) is kind
    assert mapping.is_wire_trouble(error) is (kind is SignalError)


def raised_by(inner: Exception, *, explicitly: bool = True) -> Exception:
    """An error of pyOCD's that `inner` led to."""
    outer = exceptions.ProbeError("outer")
    outer.__cause__, outer.__context__ = (inner, None) if explicitly else (None, inner)
    return outer


@pytest.mark.parametrize("explicitly", [True, False])
def test_the_number_of_a_usb_error_is_found_however_deep(explicitly: bool) -> None:
    unnumbered = usb.core.USBError("text")
    unnumbered.__context__ = usb.core.USBError("text", None, errno.EBUSY)
    assert mapping.usb_errno(raised_by(unnumbered, explicitly=explicitly)) == errno.EBUSY
    assert mapping.usb_errno(raised_by(OSError(errno.EBUSY, "text"))) is None


@pytest.mark.parametrize(
    ("error", "mends"),
    [
        (exceptions.TransferError("DP error"), True),
        (exceptions.DebugError("no AP"), True),
        (exceptions.TimeoutError("halting"), True),
        (exceptions.ProbeError("unknown command"), False),
        (exceptions.TransferError(mapping.NO_TARGET), False),
        (raised_by(exceptions.TransferError("DP error")), True),
    ],
    ids=str,
)
def test_what_a_slower_clock_or_a_reset_may_mend(error: Exception, mends: bool) -> None:
    assert mapping.is_signal_trouble(error) is mends


def test_a_usb_error_is_not_mended_by_a_slower_clock() -> None:
    error = exceptions.TransferError("DP error")
    error.__cause__ = usb.core.USBError("text", None, errno.EIO)
    assert not mapping.is_signal_trouble(error)
    assert not mapping.is_wire_trouble(error)


def test_a_bus_fault_is_told_from_a_lost_transfer() -> None:
    fault = exceptions.TransferFaultError(0x7000_0000)
    assert mapping.is_bus_fault(raised_by(fault))
    assert not mapping.is_bus_fault(exceptions.TransferError("DP error"))
    assert not mapping.is_wire_trouble(raised_by(fault))


@pytest.mark.parametrize(
    ("error", "sentence", "remedy"),
    [
        (usb.core.NoBackendError("none"), "no USB library", mapping.NO_LIBUSB_REMEDY),
        (exceptions.Error(f"{mapping.WRONG_CHIP} 0x1"), "not the one of the board", "probes"),
        (exceptions.ProbeError(mapping.CUT_SHORT), "cut short", mapping.CUT_REMEDY),
        (exceptions.ProbeError("strange"), "cannot be reached", mapping.LINK_REMEDY),
        (exceptions.TransferError(mapping.NO_TARGET), "no power?", mapping.POWER_REMEDY),
    ],
    ids=str,
)
def test_why_a_board_cannot_be_had(error: Exception, sentence: str, remedy: str) -> None:
    told = mapping.not_opened(error, "066A")
    assert sentence in told.message
    assert remedy in told.remedy
    assert told.details == str(error)


def test_what_an_error_led_to_explains_it_too() -> None:
    silent = raised_by(exceptions.TransferError(mapping.NO_TARGET))
    assert mapping.trouble_of(silent) is mapping.Trouble.NO_POWER
    assert not mapping.is_wire_trouble(silent)
    assert mapping.is_wire_trouble(raised_by(exceptions.TransferError("DP error")))
    old = raised_by(exceptions.ProbeError(f"the {mapping.OLD_FIRMWARE[1]} that"))
    assert mapping.trouble_of(old) is mapping.Trouble.OLD_FIRMWARE
    assert mapping.trouble_of(raised_by(ValueError("no text"))) is mapping.Trouble.NO_ANSWER


def test_an_answer_that_is_cut_short_in_mid_call_asks_for_another_cable() -> None:
    told = mapping.broken_link(exceptions.ProbeError(mapping.CUT_SHORT), "066A", "reading memory")
    assert (type(told), told.remedy) == (LinkError, mapping.CUT_REMEDY)


def test_our_own_errors_pass_untouched() -> None:
    own = StationError("no such probe")
    with pytest.raises(StationError) as caught, mapping.link_errors("066A", "reading"):
        raise own
    assert caught.value is own
