"""Measures networks over a serial protocol: builds their images, then runs each on its board."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinylab.bench.firmware import firmware_session
from tinylab.bench.firmware.firmware_events import (
    FirmwareEvent,
    FirmwareFinished,
    FirmwareStep,
)
from tinylab.bench.firmware.firmware_plan import FirmwareJob, FirmwarePlan
from tinylab.bench.plan.plan import Job, Plan
from tinylab.bench.prepare import protocol_image
from tinylab.bench.prepare.image_pipeline import ImagePipeline
from tinylab.bench.prepare.protocol_image import ProtocolImage
from tinylab.boards import catalog
from tinylab.build.firmware_file import read_firmware
from tinylab.errors import Interrupted, TinylabError
from tinylab.options.firmware import FirmwareOptions
from tinylab.options.protocol import Protocol
from tinylab.probe.serial_port import BAUD
from tinylab.results.firmware_record import FirmwareRun, ImageRecord
from tinylab.units import megahertz

if TYPE_CHECKING:
    from usb.backend import IBackend

Keep = Callable[[Path], None]
"""Gets the ELF file of each image when it is built; raises OutputError."""


def run(
    plan: Plan,
    asked: Protocol,
    cancelled: threading.Event,
    keep: Keep = lambda elf: None,
    bus: IBackend | None = None,
) -> Iterator[FirmwareEvent]:
    """Execute `plan`, one job after the other; each ends in one FirmwareFinished."""
    pipeline = ImagePipeline([job.workload.model for job in plan.jobs])
    for job in plan.jobs:
        where = f"{job.title} at {megahertz(job.clock_hz)}"
        yield FirmwareStep(job.station, f"building an image of {where}")
        try:
            if cancelled.is_set():
                raise Interrupted("Stopped before the start.")
            baud = asked.baud or BAUD
            made = protocol_image.build(
                pipeline,
                job,
                replace(plan.options, reset_state=True),
                baud,
                lambda step: None,
                cancelled.is_set,
            )
            keep(made.image.elf)
        except TinylabError as error:
            yield FirmwareFinished(job.station, _unbuilt(job).failed(error))
            continue
        yield FirmwareStep(job.station, f"built {made.image.elf}")
        yield from firmware_session.run(_plan(plan, job, asked, made), cancelled, bus)


def _plan(plan: Plan, job: Job, asked: Protocol, made: ProtocolImage) -> FirmwarePlan:
    options = FirmwareOptions(
        made.image.elf,
        protocol=asked.protocol,
        inferences=plan.options.inferences,
        warmup=plan.options.warmup,
        time_limit_s=asked.time_limit_s,
        baud=asked.baud,
        mass_erase=plan.options.mass_erase,
        wait_s=plan.options.wait_s,
    )
    image = read_firmware(made.image.elf, catalog.by_name(job.station.board))
    station = replace(job.station, clocks_hz=())
    return FirmwarePlan(options, (FirmwareJob(station, image, None, job.model, made),), None)


def _unbuilt(job: Job) -> FirmwareRun:
    board = catalog.by_name(job.station.board)
    return FirmwareRun(
        board=board.name,
        core=board.core.value,
        serial=job.station.serial,
        simulated=job.station.simulated,
        expected_error_percent=board.expected_error_percent if job.station.simulated else None,
        image=ImageRecord("", "not built", "", 0),
        network=job.model,
        clock_hz=job.clock_hz,
    )
