"""`tinylab doctor`: checks this computer, with remedies."""

from __future__ import annotations

import argparse
import sys
from shutil import get_terminal_size
from textwrap import wrap
from typing import TYPE_CHECKING

from tinylab.cli.output import NO_WRAP, print_json
from tinylab.display_text import one_line
from tinylab.errors import ExitCode

if TYPE_CHECKING:
    from tinylab.bench.doctor.check import Check

INDENT, NARROWEST = 12, 20


def doctor(arguments: argparse.Namespace) -> int:
    """The command: exit code 0 if there is no fault, otherwise 3."""
    from tinylab import __version__
    from tinylab.bench.doctor.check import at_fault, summary
    from tinylab.bench.doctor.document import DoctorDocument
    from tinylab.bench.doctor.examination import examine
    from tinylab.bench.doctor.terminal_facts import here
    from tinylab.probe.discovery import list_probes
    from tinylab.probe.stlink import libusb

    width = get_terminal_size().columns if sys.stdout.isatty() else NO_WRAP
    checks: list[Check] = []
    for check in examine(lambda: list_probes(libusb()), here()):
        checks.append(check)
        if not arguments.json:
            print("\n".join(map(one_line, _lines(check, width))), flush=True)
    if arguments.json:
        document = DoctorDocument(__version__, at_fault(checks), tuple(checks))
        print_json(document.to_json())
    else:
        print(f"\n{summary(checks)}")
    return ExitCode.STATION if at_fault(checks) else ExitCode.OK


def _lines(check: Check, width: int) -> list[str]:
    """A remedy is never wrapped, so that a command in it can be copied."""
    room = max(width - INDENT, NARROWEST)
    told = wrap(f"{check.name}: {check.reason}", room, break_on_hyphens=False)
    lines = [f"{check.state if not n else '':<{INDENT}}{line}" for n, line in enumerate(told)]
    return [*lines, f"{'':<{INDENT}}> {check.remedy}"] if check.remedy else lines
