"""A setup with one board for fault tests, run through the complete command."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest

from tests.fakes.stations import plugged, trust_the_clock_of
from tinylab import paths
from tinylab.bench.plan.events import (
    Event,
    RunFinished,
    Samples,
    Stage,
    StageProgress,
    StageStarted,
)
from tinylab.bench.session.station_runner import StationRunner
from tinylab.boards.board import Board
from tinylab.cli.main import main
from tinylab.results.store import Store
from tinylab.sim.virtual_probe.stlink import VirtualStLink
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

T = TypeVar("T")
When = Callable[[Event], bool]
INFERENCES = 5


class ClosedInput:
    """Standard input that must not be read: a prompt fails the test."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"standard input was asked for: {name}")


@dataclass(frozen=True)
class Ended:
    """A command's exit code and output, without line breaks."""

    code: int
    said: str


@dataclass
class Desk:
    """A board with a virtual probe that acts as a real one, and a user's folders.

    `told` is how many measured samples the last command told of.
    """

    board: Board
    bus: VirtualBus
    device: VirtualStLink
    patch: pytest.MonkeyPatch
    home: Path
    told: int = 0
    _before: int = 0
    _fault: ExitStack = field(default_factory=ExitStack)
    hooks: list[tuple[When, Callable[[], None]]] = field(default_factory=list)

    @property
    def label(self) -> str:
        return f"{self.board.name}#{self.device.descriptor.serial_number}"

    @property
    def reset_mhz(self) -> int:
        return round(self.board.clocks.reset_hz / 1e6)

    def on(self, when: When, do: Callable[[], None]) -> None:
        """Called once, in the station's own thread, before the event is reported."""
        self.hooks.append((when, do))

    def run(self, *arguments: str) -> Ended:
        """A tinylab command in this process, its input closed."""
        self.told, self._before = 0, self._newest()
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdin", ClosedInput())
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = main(arguments)
        return Ended(code, " ".join((err.getvalue() + out.getvalue()).split()))

    def measure(self, model: str = "house_price", on: str = "", also: Sequence[str] = ()) -> Ended:
        """`tinylab --headless` with a small network on this board, and on those of `also`."""
        boards = (on or f"{self.label}@{self.reset_mhz}", *also)
        return self.run(
            *("--headless", "--model", model, "--inferences", str(INFERENCES)),
            *(word for board in boards for word in ("--on", board)),
        )

    def enter(self, context: AbstractContextManager[T]) -> T:
        """Enter `context` until the end of the fault."""
        return self._fault.enter_context(context)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """Remove the hooks and patches of a fault afterwards."""
        outer = self.patch
        try:
            with pytest.MonkeyPatch.context() as self.patch, ExitStack() as self._fault:
                yield
        finally:
            self.patch = outer
            self.hooks.clear()

    def kept(self) -> int:
        """The number of stored samples of the last command's runs."""
        with Store.open(paths.results_database()) as store:
            return sum(run.samples for run in store.recent() if run.id > self._before)

    def _newest(self) -> int:
        with Store.open(paths.results_database()) as store:
            return max((run.id for run in store.recent(1)), default=0)

    def hear(self, event: Event) -> None:
        if isinstance(event, Samples) and not event.warmup:
            self.told = event.total
        for hook in [hook for hook in self.hooks if hook[0](event)]:
            self.hooks.remove(hook)
            hook[1]()


@contextmanager
def desk(board: Board, home: Path) -> Iterator[Desk]:
    """The commands of this process find `board`, and nothing else, on their USB bus."""
    bus = VirtualBus()
    with pytest.MonkeyPatch.context() as patch, plugged(bus, board) as device:
        made = Desk(board, bus, device, patch, home)
        trust_the_clock_of(device, patch)
        patch.setenv("TINYLAB_DATA_DIR", str(home / "data"))
        patch.setattr("tinylab.bench.station.station.usb_bus", lambda: bus)
        start = StationRunner.__init__

        def listening(runner: StationRunner, *arguments: Any) -> None:
            *others, tell = arguments

            def hearing(event: Event) -> None:
                made.hear(event)
                tell(event)

            start(runner, *others, hearing)

        patch.setattr(StationRunner, "__init__", listening)
        yield made


def begins(stage: Stage) -> When:
    return lambda event: isinstance(event, StageStarted) and event.stage is stage


def flashed(share: float) -> When:
    """Flashing has reached this progress: erases to 0.1, programs to 0.9, then verifies."""
    return lambda event: (
        isinstance(event, StageProgress) and event.stage is Stage.FLASH and event.fraction >= share
    )


def measures(event: Event) -> bool:
    return isinstance(event, Samples) and not event.warmup


def finished(board: Board) -> When:
    return lambda event: isinstance(event, RunFinished) and event.job.station.board == board.name


def fields_of(rows: Sequence[Any]) -> list[Any]:
    """Each row as a parameter that is named in the test's report."""
    return [pytest.param(row, id=row.name) for row in rows]
