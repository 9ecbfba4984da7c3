"""The plan for a user's own image, and its boards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab import plain_files
from tinylab.bench.plan.plan import StationRequest
from tinylab.bench.prepare.protocol_image import ProtocolImage
from tinylab.boards import catalog
from tinylab.build.firmware_file import FirmwareFile, read_firmware
from tinylab.build.symbols import Function
from tinylab.errors import InputError
from tinylab.options.combinations import check_record
from tinylab.options.firmware import FirmwareOptions

DEFAULT_CALLS = 10
DEFAULT_WARMUP = 1
LONGEST_INPUT = 16 * plain_files.MIB
"""Bytes; more than the RAM of any board."""


@dataclass(frozen=True, eq=False)
class FirmwareJob:
    """An image that was checked for a board."""

    station: StationRequest
    image: FirmwareFile
    function: Function | None
    network: str | None = None
    """The model from which tinylab built the image."""
    made: ProtocolImage | None = None
    """What is known of that image."""


@dataclass(frozen=True, eq=False)
class FirmwarePlan:
    options: FirmwareOptions
    jobs: tuple[FirmwareJob, ...]
    payload: bytes | None
    """The content of `options.input`."""


def plan_firmware(options: FirmwareOptions, stations: Sequence[StationRequest]) -> FirmwarePlan:
    """Everything is checked before a board is opened.

    Raises InputError or a subclass for options that cannot be combined, an invalid image or one for
    another board, and an unknown function; DoesNotFit for an image that is too large.
    """
    _check(options, stations)
    check_record(options)
    payload = _payload(options.input) if options.input is not None else None
    return FirmwarePlan(options, tuple(_job(options, one) for one in stations), payload)


def _job(options: FirmwareOptions, station: StationRequest) -> FirmwareJob:
    board = catalog.by_name(station.board)
    image = read_firmware(options.file, board)
    image.check(board, strict_ram=station.simulated)
    function = None
    if options.time is not None:
        function = image.symbols.resolve(options.time)
        image.check_code(function, board)
    return FirmwareJob(station, image, function)


def _payload(path: Path) -> bytes:
    try:
        data = plain_files.read(path, LONGEST_INPUT)
    except OSError as error:
        raise InputError(
            f"The input {path} cannot be read: {error.strerror}.",
            remedy="--input requires a file with the bytes to send to the image.",
        ) from error
    if not data:
        raise InputError(f"The input {path} is empty.", remedy="Name a file that is not empty.")
    return data


def _check(options: FirmwareOptions, stations: Sequence[StationRequest]) -> None:
    if not stations:
        raise InputError(
            "Firmware requires a board.",
            remedy="Name one: --on sim:nucleo_wb55rg, or a real one.",
        )
    for station in stations:
        if station.clocks_hz:
            raise InputError(
                "The firmware sets its own clock.", remedy=f"Write --on {station.label}."
            )
        if options.trace and not station.simulated:
            raise InputError(
                "--trace requires a virtual board.", remedy=f"Use --on sim:{station.board}."
            )
    if options.why and not any(station.simulated for station in stations):
        raise InputError(
            "--why requires a virtual board: on silicon only the sum of the cycles is known.",
            remedy=f"Add --on sim:{stations[0].board}.",
        )
