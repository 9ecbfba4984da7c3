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
    assert error_mapping.is_transfer_error(error) is (kind is SignalError)


def raised_by(inner: Exception, *, explicitly: bool = True) -> Exception:
    """An error of pyOCD's that `inner` led to."""
    outer = exceptions.ProbeError("outer")
    outer.__cause__, outer.__context__ = (inner, None) if explicitly else (None, inner)
    return outer


@pytest.mark.parametrize("explicitly", [True, False])
def test_the_number_of_a_usb_error_is_found_however_deep(explicitly: bool) -> None:
    unnumbered = usb.core.USBError("text")
    unnumbered.__context__ = usb.core.USBError("text", None, errno.EBUSY)
    assert error_mapping.usb_errno(raised_by(unnumbered, explicitly=explicitly)) == errno.EBUSY
    assert error_mapping.usb_errno(raised_by(OSError(errno.EBUSY, "text"))) is None


@pytest.mark.parametrize(
    ("error", "mends"),
    [
        (exceptions.TransferError("DP error"), True),
        (exceptions.DebugError("no AP"), True),
        (exceptions.TimeoutError("halting"), True),
        (exceptions.ProbeError("unknown command"), False),
        (exceptions.TransferError(error_mapping.NO_TARGET), False),
        (raised_by(exceptions.TransferError("DP error")), True),
    ],
    ids=str,
)
def test_what_a_slower_clock_or_a_reset_may_mend(error: Exception, mends: bool) -> None:
    assert error_mapping.is_signal_error(error) is mends


def test_a_usb_error_is_not_mended_by_a_slower_clock() -> None:
    error = exceptions.TransferError("DP error")
    error.__cause__ = usb.core.USBError("text", None, errno.EIO)
    assert not error_mapping.is_signal_error(error)
    assert not error_mapping.is_transfer_error(error)


def test_a_bus_fault_is_told_from_a_lost_transfer() -> None:
    fault = exceptions.TransferFaultError(0x7000_0000)
    assert error_mapping.is_bus_fault(raised_by(fault))
    assert not error_mapping.is_bus_fault(exceptions.TransferError("DP error"))
    assert not error_mapping.is_transfer_error(raised_by(fault))


@pytest.mark.parametrize(
    ("error", "sentence", "remedy"),
    [
        (
            usb.core.NoBackendError("none"),
            "No USB library is installed",
            error_mapping.NO_LIBUSB_REMEDY,
        ),
        (
            exceptions.Error(f"{error_mapping.WRONG_CHIP} 0x1"),
            "not that of the requested board",
            "probes",
        ),
        (
            exceptions.ProbeError(error_mapping.CUT_SHORT),
            "incomplete responses",
            error_mapping.CUT_REMEDY,
        ),
        (exceptions.ProbeError("strange"), "cannot be reached", error_mapping.LINK_REMEDY),
        (
            exceptions.TransferError(error_mapping.NO_TARGET),
            "may have no power",
            error_mapping.POWER_REMEDY,
        ),
    ],
    ids=str,
)
def test_why_a_board_cannot_be_had(error: Exception, sentence: str, remedy: str) -> None:
    told = error_mapping.not_opened(error, "066A")
    assert sentence in told.message
    assert remedy in told.remedy
    assert told.details == str(error)


def test_what_an_error_led_to_explains_it_too() -> None:
    silent = raised_by(exceptions.TransferError(error_mapping.NO_TARGET))
    assert error_mapping.trouble_of(silent) is error_mapping.Trouble.NO_POWER
    assert not error_mapping.is_transfer_error(silent)
    assert error_mapping.is_transfer_error(raised_by(exceptions.TransferError("DP error")))
    old = raised_by(exceptions.ProbeError(f"the {error_mapping.OLD_FIRMWARE[1]} that"))
    assert error_mapping.trouble_of(old) is error_mapping.Trouble.OLD_FIRMWARE
    assert (
        error_mapping.trouble_of(raised_by(ValueError("no text")))
        is error_mapping.Trouble.NO_ANSWER
    )


def test_an_answer_that_is_cut_short_in_mid_call_asks_for_another_cable() -> None:
    told = error_mapping.broken_link(
        exceptions.ProbeError(error_mapping.CUT_SHORT), "066A", "reading memory"
    )
    assert (type(told), told.remedy) == (LinkError, error_mapping.CUT_REMEDY)


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
