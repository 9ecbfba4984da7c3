"""Loops on a board: those of its core, counted on it and on the virtual board of its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tinylab.bench.core_loops import loops as loop_files
from tinylab.bench.core_loops.assembly import LoopFunctions, distinct, functions_of
from tinylab.bench.core_loops.document import CoreBench, LoopResult
from tinylab.bench.core_loops.execution import Counts, Execution
from tinylab.bench.core_loops.image import build_image, second_memory
from tinylab.bench.core_loops.loops import Loop, LoopFile
from tinylab.bench.plan.plan import StationRequest
from tinylab.bench.station.station import Station, Turn, open_station
from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.boards.clocks import solve
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

        Without a clock it runs at the lowest, where flash has no wait states.
        """
        board = catalog.by_name(request.board)
        clock = solve(board, hz or board.min_hz)
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
        skipped = {one.id: reason for one in every if (reason := missing(one, board))}
        runnable = [functions_of(one) for one in every if one.id not in skipped]
        with self._opened(request) as station:
            station.require_clock(result.clock_hz)
            self._tell(f"{request.label}: building the image of {len(runnable)} loops")
            image = build_image(board, runnable, self._cancelled)
            result = replace(result, serial=station.serial, toolchain=image.toolchain)
            counts = self._run(request, station, image, runnable, result)
        model = counts
        if not request.simulated:
            virtual = StationRequest(board.name, simulated=True)
            with self._opened(virtual) as station:
                model = self._run(virtual, station, image, runnable, result)
        sources = loop_files.of_core(board.core)
        by_id = {one.loop.id: one for one in runnable}
        rows = (
            _row(one, sources, by_id.get(one.id), counts, None if request.simulated else model)
            if one.id in by_id
            else _unrun(one, sources, skipped[one.id])
            for one in every
        )
        return replace(result, loops=tuple(rows))
