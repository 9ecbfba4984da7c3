"""The doctor's report on a fixed computer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinylab.bench.doctor.check import Check, CheckState
from tinylab.probe import udev
from tinylab.probe.discovery import ProbeInfo

CHECKS = (
    Check(
        "compiler", CheckState.OK, "arm-none-eabi-gcc 12.2.1 20221205, /usr/bin/arm-none-eabi-gcc"
    ),
    Check("PlatformIO", CheckState.OK, "platformio 6.2.0, scons 4.11.1"),
    Check("USB access", CheckState.FAULT, "One ST-Link may not be opened.", udev.COMMAND),
    Check(
        "probe 0669FF485775495067204114",
        CheckState.WARNING,
        "Probe 0669FF485775495067204114 is in use by openocd (process 4711).",
        "Close the other program (a debugger, an IDE, another tinylab) and try again.",
    ),
    Check(
        "probe 004A00323338511034333935",
        CheckState.OK,
        "nucleo_h723zg, V3J7M3 (from 2021-03-15 or before; V3J16 is newer (2025-07-25)), "
        "/dev/ttyACM0, 3.3 V, flash open",
    ),
    Check("board packs", CheckState.OK, "pyOCD's own: nucleo_h723zg; tinylab's: nucleo_wb55rg."),
    Check("ST's AI tool", CheckState.NOT_NEEDED, "Neither stedgeai nor stm32ai was found."),
    Check("terminal", CheckState.OK, "120 x 40, 256 colours, utf-8"),
)


def examined(probes: Sequence[ProbeInfo], size: tuple[int, int]) -> Iterator[Check]:
    """Replaces `tinylab.screens.app_context.own_doctor`."""
    yield from CHECKS
