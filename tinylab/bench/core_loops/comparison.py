"""Loops on a board: those of its core, counted on it and on the virtual board of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tinylab.bench.core_loops import loops as loop_files
from tinylab.bench.core_loops.assembly import LoopFunctions, distinct, functions_of
from tinylab.bench.core_loops.document import CoreBench, LoopResult
from tinylab.bench.core_loops.execution import Counts, Execution
from tinylab.bench.core_loops.image import build_image, second_memory
from tinylab.bench.core_loops.loops import WITHOUT, Loop, LoopFile, Need
from tinylab.bench.plan.plan import StationRequest
from tinylab.bench.station.station import Station, Turn, open_station
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.boards.clock_family import ClockSettings
from tinylab.boards.clocks import solve
from tinylab.build.image import Image
from tinylab.errors import InputError, Interrupted, TinylabError
from tinylab.results.error_record import ErrorRecord

if TYPE_CHECKING:
    from usb.backend import IBackend

Tell = Callable[[str], None]


def chosen(board: Board, words: str | None) -> tuple[Loop, ...]:
    """The loops of the board's core whose id, title or body contain `words`, in any case.

    Raises InputError if there are none.
    """
    every = loop_files.of_core(board.core).complete
    wanted = (words or "").lower()
    found = tuple(one for one in every if wanted in f"{one.id}\n{one.title}\n{one.body}".lower())
    if not found:
        raise InputError(
            f"No loop of the {board.core.label} contains '{words}'.",
            remedy=f"It has {len(every)}, such as {every[0].id}; leave out --filter to run all.",
        )
    return found


class CoreBencher:
    """Runs loops on boards, one after the other."""

    def __init__(
        self,
        words: str | None,
        wait_s: float,
        cancelled: Callable[[], bool],
        tell: Tell,
        bus: IBackend | None = None,
    ) -> None:
        self._words = words
        self._wait_s = wait_s
        self._cancelled = cancelled
        self._tell = tell
        self._bus = bus

    def bench(self, request: StationRequest, hz: float | None = None) -> CoreBench:
        """The loops on that board; a TinylabError ends it and is in the result.

        Without a clock it runs at the highest usual one at which flash has no wait states.
        """
        board = catalog.by_name(request.board)
        clock = solve(board, hz) if hz else _without_waiting(board)
        result = CoreBench(
            board=board.name,
            core=board.core.value,
            serial=request.serial,
            simulated=request.simulated,
            clock_hz=clock.hz,
            wait_states=clock.wait_states,
            toolchain="",
            loops=(),
            error=None,
        )
        try:
            return self._on_board(request, board, result)
        except TinylabError as error:
            return replace(result, error=ErrorRecord.of(error))

    def _on_board(self, request: StationRequest, board: Board, result: CoreBench) -> CoreBench:
        every = chosen(board, self._words)
        skipped = {one.id: missing(one, board) for one in every}
        loops = [functions_of(one) for one in every if not skipped[one.id]]
        model, silicon = Counts(), None
        with self._opened(request) as station:
            station.require_clock(result.clock_hz)
            result = replace(result, serial=station.serial)
            if loops:
                self._tell(f"{request.label}: building the image of {len(loops)} loops")
                image = build_image(board, loops, self._cancelled)
                result = replace(result, toolchain=image.toolchain)
                model = self._run(request, station, image, loops, result)
        if loops and not request.simulated:
            virtual = StationRequest(board.name, simulated=True)
            silicon = model
            with self._opened(virtual) as station:
                model = self._run(virtual, station, image, loops, result)
        rows = _Rows(loop_files.of_core(board.core), model, silicon)
        return replace(result, loops=tuple(rows.row(one, skipped[one.id]) for one in every))

    def _run(
        self,
        request: StationRequest,
        station: Station,
        image: Image,
        loops: Sequence[LoopFunctions],
        result: CoreBench,
    ) -> Counts:
        self._tell(f"{request.label}: counting at {result.clock_hz / 1e6:g} MHz")
        station.flash(image.segments, self._keep_on)
        clock = solve(station.board, result.clock_hz)
        return Execution(station, image, distinct(loops), clock, self._cancelled).run()

    def _opened(self, request: StationRequest) -> AbstractContextManager[Station]:
        turn = Turn(
            "counting cycles of loops",
            self._wait_s,
            self._tell,
            lambda text, done: self._tell(f"{request.label}: {text}") if not done else None,
        )
        self._keep_on(0)
        return open_station(request, self._bus, self._cancelled, turn)

    def _keep_on(self, _: float) -> None:
        if self._cancelled():
            raise Interrupted("Stopped before loops were counted.")


def missing(loop: Loop, board: Board) -> str:
    """Why the loop cannot run on that board; empty if it can."""
    has: Mapping[Need, bool] = {
        "double": board.fpu == "fpv5-d16",
        "second_ram": second_memory(board) is not None,
        "checked_ram": board.timing.get("narrow_store_cycles", 1) > 1,
    }
    return next((WITHOUT[need] for need in loop.needs if not has[need]), "")


def _without_waiting(board: Board) -> ClockSettings:
    usual = [solve(board, megahertz * 1e6) for megahertz in board.common_clocks_mhz]
    return max(usual, key=lambda clock: (-clock.wait_states, clock.hz))


@dataclass(frozen=True)
class _Rows:
    """Results of loops, by what was counted on the virtual board and on the real one."""

    file: LoopFile
    model: Counts
    silicon: Counts | None

    def row(self, loop: Loop, reason: str) -> LoopResult:
        source = self.file.sources[loop.source]
        functions = functions_of(loop)
        board = self.silicon or self.model
        faults = (board.faults[one] for one in functions.all if one in board.faults)
        return LoopResult(
            id=loop.id,
            title=loop.title,
            body=loop.body.strip(),
            published_least=loop.published.least,
            published_most=loop.published.most,
            source=f"{source.document}; {source.chip}; clock: {source.clock}",
            model=_cycles(functions, self.model),
            silicon=_cycles(functions, self.silicon) if self.silicon else None,
            spread=_spread(functions, board),
            skipped=reason or next(faults, ""),
            known=loop.why,
        )


def _complete(functions: LoopFunctions, counts: Counts) -> bool:
    return all(one in counts.cycles for one in functions.all)


def _cycles(functions: LoopFunctions, counts: Counts) -> float | None:
    """Of a repetition; None if a function did not run."""
    if not _complete(functions, counts):
        return None
    return functions.cycles({one: counts.cycles[one].least for one in functions.all})


def _spread(functions: LoopFunctions, counts: Counts) -> int | None:
    if not _complete(functions, counts):
        return None
    return max(counts.cycles[one].most - counts.cycles[one].least for one in functions.all)
