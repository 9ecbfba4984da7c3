"""The clocks of the chosen station: free entry, the legal range, and common steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tinylab.screens.guarded import Guarded
from tinylab.screens.widgets.stations import clock_list
from tinylab.screens.widgets.words import Words

if TYPE_CHECKING:
    from tinylab.boards.board import Board
    from tinylab.screens.desk import Station

MHZ = 1e6


class ClockInput(Input):
    """Takes numbers in MHz with commas between them; up and down step through common ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(1)", "Next common clock", show=False),
        Binding("down", "step(-1)", "Previous common clock", show=False),
        Binding("escape", "leave", "Leave as it was", show=False),
    ]

    def action_step(self, by: int) -> None:
        self.post_message(ClockPane.Stepped(by))

    def action_leave(self) -> None:
        self.post_message(ClockPane.Left())


class ClockPane(Guarded, Vertical):
    """Shows one station's clocks; `Chosen` says what the user has entered and is legal.

    A frequency that the part cannot make is answered with the nearest that it can; Enter
    once more takes that.
    """

    BORDER_TITLE = "Clock  c"

    class Chosen(Message):
        """New clocks for the station `key`, all legal."""

        def __init__(self, key: str, clocks_hz: tuple[float, ...]) -> None:
            super().__init__()
            self.key = key
            self.clocks_hz = clocks_hz

    class Stepped(Message):
        """Up or down was pressed in the entry."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    class Left(Message):
        """Escape was pressed in the entry."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._station: Station | None = None

    def compose(self) -> ComposeResult:
        yield ClockInput(id="clock-entry", restrict=r"[\d.,\s]*", compact=True)
        yield Words(id="clock-range")

    def show_station(self, station: Station | None) -> None:
        """The station under the cursor; what is being typed is left alone."""
        self._station = station
        if not self.query_one(ClockInput).has_focus:
            self._show()

    def on_descendant_blur(self) -> None:
        self._show()

    def _show(self) -> None:
        entry, station = self.query_one(ClockInput), self._station
        known = station is not None and station.board is not None
        entry.value = _entry(station.clocks_hz) if station and known else ""
        self._explain(_range(station.board) if station and station.board else "no board chosen")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        station = self._station
        if station is None or station.board is None:
            self.post_message(self.Left())
            return
        text = event.value.strip().strip(",")
        legal, advice = _nearest(station.board, text or _entry((station.board.max_hz,)))
        if advice:
            self._explain(advice, trouble=True)
            event.input.value = _entry(legal)
            event.input.cursor_position = len(event.input.value)
            return
        self.post_message(self.Chosen(station.key, legal))

    @on(Stepped)
    def _step(self, event: Stepped) -> None:
        """Changes the last clock of the list to the next common one."""
        board = self._station.board if self._station else None
        if board is None:
            return
        entry = self.query_one(ClockInput)
        *before, last = entry.value.split(",")
        steps = sorted(board.common_clocks_mhz)
        now = _number(last)
        beyond = [mhz for mhz in steps if (mhz > now if event.by > 0 else mhz < now)]
        if beyond:
            chosen = beyond[0] if event.by > 0 else beyond[-1]
            entry.value = ", ".join([*(one.strip() for one in before), f"{chosen:g}"])
            entry.cursor_position = len(entry.value)

    def _explain(self, text: str, trouble: bool = False) -> None:
        style = "bold" if trouble else "dim"
        self.query_one("#clock-range", Words).say(Text(text, style=style), layout=False)


def _entry(clocks_hz: tuple[float, ...]) -> str:
    return clock_list(clocks_hz).removesuffix(" MHz")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _range(board: Board) -> str:
    from tinylab.boards.clocks import limits

    low, high = (f"{hz / MHZ:g}" for hz in limits(board))
    common = " ".join(f"{mhz:g}" for mhz in board.common_clocks_mhz)
    return f"{low} … {high} MHz; commas make a sweep\n↑↓ common: {common}"


def _nearest(board: Board, text: str) -> tuple[tuple[float, ...], str]:
    """Legal clocks for what was typed, and what to say if they are not just that."""
    from tinylab.boards.clocks import nearest, solve
    from tinylab.errors import ClockError

    legal: list[float] = []
    advice = ""
    for item in text.split(","):
        wanted = _number(item) * MHZ
        try:
            legal.append(float(solve(board, wanted).hz))
        except ClockError:
            near = nearest(board, wanted)
            legal.append(min(near, key=lambda hz: abs(hz - wanted)))
            names = " or ".join(clock_list([hz]) for hz in near)
            advice = f"! {item.strip() or 'That'} MHz cannot be made: {names}.\nEnter takes this."
    return tuple(dict.fromkeys(legal)), advice
