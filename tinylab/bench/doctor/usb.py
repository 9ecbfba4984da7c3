"""Whether this user has access to probes: USB, udev, serial ports."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.errors import StationError
from tinylab.probe import udev
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.error_mapping import NO_LIBUSB_REMEDY, Trouble
from tinylab.probe.stlink import libusb

ACCESS, RULE, SERIAL = "USB access", "udev rule", "serial ports"
PORT_GROUPS = ("dialout", "uucp")
"""Groups with access to serial ports: on Debian and Fedora, and on Arch."""


def access(around: DoctorContext) -> Iterator[Check]:
    """The USB library, and whether it can open the probes."""
    if isinstance(around.found, StationError):
        yield Check(ACCESS, CheckState.FAULT, around.found.message, around.found.remedy)
        return
    if libusb() is None:
        yield Check(ACCESS, CheckState.FAULT, "No USB library was found.", NO_LIBUSB_REMEDY)
        return
    denied = _denied(around.probes)
    if denied:
        yield Check(
            ACCESS, CheckState.FAULT, f"{_count(denied)}not be opened.", str(denied[0].remedy)
        )
    else:
        yield Check(
            ACCESS, CheckState.OK, f"libusb works; ST-Links attached: {len(around.probes)}."
        )


def _denied(probes: Sequence[ProbeInfo]) -> list[ProbeInfo]:
    return [probe for probe in probes if probe.trouble is Trouble.NO_PERMISSION]


def _count(probes: Sequence[ProbeInfo]) -> str:
    return "One ST-Link can" if len(probes) == 1 else f"{len(probes)} ST-Links can"


def rule(around: DoctorContext) -> Iterator[Check]:
    """The rule that lets users other than root open ST-Links."""
    if not sys.platform.startswith("linux"):
        yield Check(RULE, CheckState.NOT_NEEDED, "Used on Linux only.")
        return
    found = udev.installed()
    denied = _denied(around.probes)
    if found and not denied:
        yield Check(RULE, CheckState.OK, ", ".join(map(str, found)))
    elif found:
        yield Check(
            RULE,
            CheckState.FAULT,
            f"{found[0]} does not grant access to {denied[0].unique_id}.",
            "Replug the probe. Over ssh your user must be in the rule's group: sudo "
            f"usermod -aG plugdev $USER, then log in again. Or install this rule: {udev.COMMAND}",
        )
    elif os.geteuid() == 0:
        yield Check(RULE, CheckState.NOT_NEEDED, "Not installed; root does not require it.")
    elif around.probes and not denied:
        yield Check(
            RULE, CheckState.NOT_NEEDED, "Not installed; the probes can be opened without it."
        )
    else:
        reason = "No rule for ST-Links is installed: only root can open them."
        if denied:
            yield Check(RULE, CheckState.FAULT, reason, f"See {ACCESS}.")
        else:
            yield Check(RULE, CheckState.WARNING, reason, f"Install one: {udev.COMMAND}")


def serial_ports(around: DoctorContext) -> Iterator[Check]:
    """Whether the probes' serial ports can be used, or could when one is plugged in."""
    on_linux = sys.platform.startswith("linux")
    ports = [probe.serial_port for probe in around.probes if probe.serial_port]
    shut = [port for port in ports if on_linux and not os.access(port, os.R_OK | os.W_OK)]
    if shut:
        yield Check(
            SERIAL, CheckState.WARNING, f"Your user cannot open {', '.join(shut)}.", _join(shut[0])
        )
    elif ports:
        yield Check(SERIAL, CheckState.OK, ", ".join(ports))
    elif not on_linux or _may_use_ports():
        yield Check(
            SERIAL, CheckState.NOT_NEEDED, "No probe provides one; your user may open them."
        )
    else:
        reason = f"Your user is in none of the groups that may open them: {', '.join(PORT_GROUPS)}."
        yield Check(SERIAL, CheckState.WARNING, reason, _join(None))


def _may_use_ports() -> bool:
    return os.geteuid() == 0 or any(_group(name) in os.getgroups() for name in PORT_GROUPS)


def _group(name: str) -> int | None:
    import grp  # not on Windows

    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _join(port: str | None) -> str:
    """The command that puts the user into the port's group."""
    name = next((one for one in PORT_GROUPS if _group(one) is not None), PORT_GROUPS[0])
    if port is not None:
        import grp

        with suppress(OSError, KeyError):
            name = grp.getgrgid(os.stat(port).st_gid).gr_name
    return f"sudo usermod -aG {name} $USER, then log in again."
