"""Whether this user may reach what is plugged in: USB, udev, serial ports."""

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
"""Who may use serial ports: on Debian and Fedora, and on Arch."""


def access(around: DoctorContext) -> Iterator[Check]:
    """The USB library, and whether it lets us at the probes."""
    if isinstance(around.found, StationError):
        yield Check(ACCESS, CheckState.FAULT, around.found.message, around.found.remedy)
        return
    if libusb() is None:
        yield Check(ACCESS, CheckState.FAULT, "There is no USB library.", NO_LIBUSB_REMEDY)
        return
    denied = _denied(around.probes)
    if denied:
        yield Check(
            ACCESS, CheckState.FAULT, f"{_count(denied)} not be opened.", str(denied[0].remedy)
        )
    else:
        yield Check(
            ACCESS, CheckState.OK, f"libusb works; ST-Links attached: {len(around.probes)}."
        )


def _denied(probes: Sequence[ProbeInfo]) -> list[ProbeInfo]:
    return [probe for probe in probes if probe.trouble is Trouble.NO_PERMISSION]


def _count(probes: Sequence[ProbeInfo]) -> str:
    return "One ST-Link may" if len(probes) == 1 else f"{len(probes)} ST-Links may"


def rule(around: DoctorContext) -> Iterator[Check]:
    """The rule that lets users other than root open ST-Links."""
    if not sys.platform.startswith("linux"):
        yield Check(RULE, CheckState.NOT_NEEDED, "Only Linux has them.")
        return
    found = udev.installed()
    denied = _denied(around.probes)
    if found and not denied:
        yield Check(RULE, CheckState.OK, ", ".join(map(str, found)))
    elif found:
        yield Check(
            RULE,
            CheckState.FAULT,
            f"{found[0]} does not let you open {denied[0].unique_id}.",
            "Plug the probe in again. Over ssh your user must be in the rule's group: sudo "
            f"usermod -aG plugdev $USER, then log in again. Or take this rule: {udev.COMMAND}",
        )
    elif os.geteuid() == 0:
        yield Check(RULE, CheckState.NOT_NEEDED, "There is none, and root needs none.")
    elif around.probes and not denied:
        yield Check(RULE, CheckState.NOT_NEEDED, "There is none, and the probes can be opened.")
    else:
        reason = "There is none for ST-Links: they cannot be opened without root."
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
            SERIAL, CheckState.WARNING, f"You may not use {', '.join(shut)}.", _join(shut[0])
        )
    elif ports:
        yield Check(SERIAL, CheckState.OK, ", ".join(ports))
    elif not on_linux or _may_use_ports():
        yield Check(SERIAL, CheckState.NOT_NEEDED, "No probe shows one; you may use them.")
    else:
        reason = f"You are in none of the groups {' and '.join(PORT_GROUPS)}, who may use them."
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
