"""Runs all checks in order. Exceptions become faults; it never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tinylab.bench.doctor import folders, packs, probes, st_tools, terminal, tools, usb
from tinylab.bench.doctor.check import Check, CheckState, DoctorContext, Examination
from tinylab.bench.doctor.terminal_facts import Terminal
from tinylab.errors import TinylabError
from tinylab.probe.discovery import ProbeInfo

EXAMINATIONS: Mapping[str, Examination] = {
    "compiler": tools.compiler,
    "PlatformIO": tools.platformio,
    "model files": tools.model_files,
    "TensorFlow": tools.tensorflow,
    "folders": folders.examine,
    "USB access": usb.access,
    "udev rule": usb.rule,
    "serial ports": usb.serial_ports,
    "probes": probes.examine,
    "board packs": packs.examine,
    "ST's tools": st_tools.examine,
    "terminal": terminal.examine,
}


def examine(
    look: Callable[[], Sequence[ProbeInfo]],
    here: Terminal,
    examinations: Mapping[str, Examination] = EXAMINATIONS,
) -> Iterator[Check]:
    """All checks, as they are made. `look` lists the probes; it may raise StationError."""
    around = DoctorContext(look, here)
    for name, examination in examinations.items():
        try:
            yield from examination(around)
        except TinylabError as error:
            yield Check(name, CheckState.FAULT, error.message, error.remedy)
        except Exception as error:  # noqa: BLE001 - one failing check must not stop the others
            reason = f"Internal error in tinylab: {type(error).__name__}: {error}."
            yield Check(name, CheckState.FAULT, reason, "Please report it.")
