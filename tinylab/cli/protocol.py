"""`tinylab run --protocol`: measure networks over a serial protocol."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tinylab.bench.plan.plan import Plan
from tinylab.boards import catalog
from tinylab.build.image_formats import FORMATS
from tinylab.cli.files import ResultFile
from tinylab.cli.firmware import Narration, firmware_files, perform
from tinylab.cli.output import print_warning
from tinylab.cli.request import plan_of
from tinylab.errors import InputError
from tinylab.options.option import filled
from tinylab.options.protocol import Protocol
from tinylab.probe.serial_port import BAUD
from tinylab.units import either


def over_protocol(arguments: argparse.Namespace) -> int:
    """Builds and measures the requested plan; returns the exit code of its worst failure.

    All input is checked before anything is built.
    """
    files = firmware_files(arguments)
    asked = filled(Protocol, vars(arguments))
    copy = _copy(asked.image)
    for error in catalog.unusable():
        print_warning(error)
    plan = plan_of(arguments)
    _check(plan, asked, files, copy)
    # Imported late, as it brings pyOCD and the emulator with it.
    from tinylab.bench.firmware.protocol_session import run

    def keep(elf: Path) -> None:
        if copy is not None:
            copy.save(FORMATS[copy.suffix](elf.read_bytes()))

    return perform(
        arguments,
        files,
        Narration(serial_is_result=False),
        lambda cancelled: run(plan, asked, cancelled, keep),
    )


def _copy(path: Path | None) -> ResultFile | None:
    """The file that --image names. Raises InputError, OutputError."""
    if path is None:
        return None
    if path.suffix.lower() not in FORMATS:
        raise InputError(
            f"--image {path}: an image cannot be written as {path.suffix or 'a file without one'}.",
            remedy=f"Use a name that ends in {either(list(FORMATS))}.",
        )
    file = ResultFile(path, kept="Name another file, and run it again.")
    file.check()
    return file


def _check(
    plan: Plan, asked: Protocol, files: Sequence[ResultFile], copy: ResultFile | None
) -> None:
    from tinylab.bench.prepare import protocol_image

    if copy is not None and len(plan.jobs) != 1:
        raise InputError(
            f"--image takes the image of one run; there are {len(plan.jobs)}.",
            remedy="Name one --model, and one board with one clock.",
        )
    if copy is not None and copy.path in [file.path for file in files]:
        raise InputError(f"{copy.path} is named twice.", remedy="Name two files.")
    protocol_image.check(plan, asked.baud or BAUD)
