"""What is to be measured: jobs (network x station x clock) and how."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import tinylab
from tinylab.bench.plan.workloads import Workload, workloads
from tinylab.boards import catalog as boards
from tinylab.boards import clocks, placement, serial
from tinylab.boards.board import Board
from tinylab.boards.clock_steps import sweep
from tinylab.errors import InputError
from tinylab.options.measuring import UART, Measuring, Waiting
from tinylab.options.option import options_of
from tinylab.options.placing import Placing
from tinylab.results.identity import CUBEAI, TINYLAB, Identified, RunIdentity, by
from tinylab.zoo.samples.files import SampleFile

DEFAULT_STATIONS = ("sim:nucleo_wb55rg@48,64", "sim:nucleo_h723zg@180,550")
"""The study's plan, for when no board is attached."""

SWEEP = "sweep"
"""Written for clocks: the ends of each range in which the cycles do not change."""
_SERIAL = re.compile(r"[\w:.-]+", re.ASCII)
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)


@dataclass(frozen=True)
class StationRequest:
    """A board the user asked for, with the core clocks in Hz (none: the highest)."""

    board: str
    serial: str | None = None
    simulated: bool = False
    clocks_hz: tuple[float, ...] = ()

    @property
    def label(self) -> str:
        """As the user writes it, without clocks: `sim:nucleo_wb55rg`."""
        serial = f"#{self.serial}" if self.serial else ""
        return f"{'sim:' if self.simulated else ''}{self.board}{serial}"


@dataclass(frozen=True)
class Options(Waiting, Placing, Measuring):
    """How to measure: the user's options, and the runtimes."""

    runtimes: tuple[str, ...] = (TINYLAB,)
    cubeai_dirs: tuple[str, ...] = ()
    """Folders that ST's tools generated, for the runtime `cubeai`."""
    data: SampleFile | None = None
    """A person's own samples."""
    reset_state: bool = False
    """Whether the states of a network are reset before every sample."""


@dataclass(frozen=True)
class Job(Identified):
    """One run: a network on a station at a clock; `identity` as far as the plan defines it."""

    index: int
    workload: Workload
    station: StationRequest
    identity: RunIdentity

    @property
    def by(self) -> str:
        """` (cubeai)`, printed after the model if the runtime is not tinylab's own."""
        return by(self.runtime)


@dataclass(frozen=True)
class Plan:
    """Jobs in the order of the user's request, and the options for all of them."""

    jobs: tuple[Job, ...]
    options: Options = field(default_factory=Options)


def parse_station(text: str) -> StationRequest:
    """`sim:nucleo_wb55rg@48,64`, `nucleo_h723zg#004A0032@550`, `sim:nucleo_wb55rg@sweep`.

    Raises InputError, which names the part that cannot be read, UnknownName for an unknown board.
    """
    head, at, clocks = text.strip().partition("@")
    board, sign, serial = (part.strip() for part in head.removeprefix("sim:").partition("#"))
    if not board:
        raise InputError(
            f"'{text}' does not name a board.",
            remedy="Write BOARD, BOARD@MHZ or BOARD#SERIAL@MHZ,MHZ; "
            "`sim:` before it for a virtual board: sim:nucleo_wb55rg@48,64.",
        )
    name = boards.by_name(board).name
    if sign and not _SERIAL.fullmatch(serial):
        raise InputError(
            f"'{serial}' in '{text}' is not a serial number.",
            remedy="`tinylab probes` lists those of the probes that are attached.",
        )
    return StationRequest(
        board=name,
        serial=serial or None,
        simulated=head.startswith("sim:"),
        clocks_hz=_clocks(name, clocks, text) if at else (),
    )


def make_plan(
    networks: Sequence[str], stations: Sequence[StationRequest], options: Options
) -> Plan:
    """Every network with every runtime on every station at every clock, station by station.

    No networks: the catalogue's; no stations: the study's virtual boards. Raises UnknownName,
    ClockError (with the nearest legal clocks), InputError (two requests for one station, bad
    options, a placement that the board does not permit, a clock too slow for the serial port, a
    folder that ST's tools did not generate),
    CubeAiError (an incomplete folder) and NoTool before anything is built.
    """
    for option in options_of(Options):
        if not option.repeated:
            option.check(getattr(options, option.name))
    wanted = placement.parse(options.place)
    if wanted.scratch is not None and CUBEAI in options.runtimes:
        raise InputError(
            "--place scratch is of tinylab's code: ST's has its scratch memory in the activations.",
            remedy="Leave out scratch, or use --runtime tinylab.",
        )
    chosen = workloads(networks, options.runtimes, options.cubeai_dirs, options.st_tool)
    requests = list(stations) or [parse_station(text) for text in DEFAULT_STATIONS]
    _refuse_twins(requests)
    jobs: list[Job] = []
    for request in requests:
        board = boards.by_name(request.board)
        placement.check(board, wanted)
        frequencies = request.clocks_hz or (board.max_hz,)
        settled = [clocks.solve(board, hz) for hz in frequencies]
        if options.link == UART:
            for clock in settled:
                serial.rates(board, clock)
        solved = [clock.hz for clock in settled]
        for workload in chosen:
            for hz in dict.fromkeys(solved):
                identity = _identity(workload, board, request, hz)
                jobs.append(Job(len(jobs), workload, request, identity))
    return Plan(tuple(jobs), options)


def _identity(workload: Workload, board: Board, request: StationRequest, hz: int) -> RunIdentity:
    return RunIdentity(
        model=workload.name,
        title=workload.title,
        board=board.name,
        core=board.core.value,
        serial=request.serial,
        simulated=request.simulated,
        clock_hz=hz,
        runtime=workload.runtime,
        runtime_version=tinylab.__version__ if workload.runtime == TINYLAB else None,
        expected_error_percent=board.expected_error_percent if request.simulated else None,
    )


def _clocks(board: str, clocks: str, text: str) -> tuple[float, ...]:
    """Of `48,64`, or of `sweep`. Raises InputError."""
    if clocks.strip() == SWEEP:
        return sweep(boards.by_name(board))
    return tuple(_megahertz(item, text) for item in clocks.split(","))


def _megahertz(item: str, text: str) -> float:
    value = float(item) if _NUMBER.fullmatch(item.strip()) else 0.0
    if not 0 < value < math.inf:
        raise InputError(
            f"'{item.strip()}' in '{text}' is not a clock.",
            remedy="Clocks are numbers in MHz with commas between them: @48,64; or @sweep.",
        )
    return value * 1e6


def _refuse_twins(requests: Sequence[StationRequest]) -> None:
    """One station has one list of clocks; a second list would conflict."""
    for index, request in enumerate(requests):
        for other in requests[:index]:
            same_kind = (request.board, request.simulated) == (other.board, other.simulated)
            if same_kind and (
                request.serial == other.serial or None in (request.serial, other.serial)
            ):
                raise InputError(
                    f"Two plans were given for one station, {request.label}.",
                    remedy="Give all its clocks in one: "
                    f"--on {request.label}@{_clock_list((*other.clocks_hz, *request.clocks_hz))}"
                    + ("." if request.simulated else ", or name each probe by #SERIAL."),
                )


def _clock_list(frequencies: Sequence[float]) -> str:
    return ",".join(f"{hz / 1e6:g}" for hz in dict.fromkeys(frequencies)) or "MHZ"
