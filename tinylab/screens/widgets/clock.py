"""The clocks of the chosen station: free entry, the legal range, and common steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from tinylab.errors import ClockError, InputError
from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.foreign_text import shown
from tinylab.screens.widgets.stable_text import StableText
from tinylab.screens.widgets.stations import clock_list

if TYPE_CHECKING:
    from tinylab.boards.board import Board
    from tinylab.screens.selection import StationEntry

MHZ = 1e6
HIGHEST_MHZ = 100_000
MOST = 24
"""Clocks of one sweep; solving each takes the screen up to 40 ms."""
SEPARATORS = re.compile(r"[,;\s]+")


WRITTEN = "0123456789.,; "


class ClockInput(Input):
    """Takes numbers in MHz with commas between them; up and down step through common ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(1)", "Next common clock", show=False),
        Binding("down", "step(-1)", "Previous common clock", show=False),
        Binding("escape", "leave", "Leave as it was", show=False),
    ]

    async def _on_key(self, event: Key) -> None:
        """What no frequency is written with means what it means elsewhere: q quits, r runs."""
        if event.character is not None and event.is_printable and event.character not in WRITTEN:
            event.prevent_default()

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        return character is not None and character in WRITTEN

    def action_step(self, by: int) -> None:
        self.post_message(ClockPane.Stepped(by))

    def action_leave(self) -> None:
        self.post_message(ClockPane.Left())


class ClockPane(ErrorBoundary, Vertical):
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
        self._station: StationEntry | None = None

    def compose(self) -> ComposeResult:
        yield ClockInput(id="clock-entry", restrict=r"[\d.,;\s]*", compact=True)
        yield StableText(id="clock-range")

    def show_station(self, station: StationEntry | None) -> None:
        """The station under the cursor; what is being typed is left alone."""
        self._station = station
        if not self.query_one(ClockInput).has_focus:
            self._show()

    def on_descendant_blur(self) -> None:
        """Left without Enter: as it was. A dialog in front only interrupts."""
        if self.screen.is_current:
            self._show()

    def _show(self) -> None:
        entry, station = self.query_one(ClockInput), self._station
        known = station is not None and station.board is not None
        entry.value = _entry(station.clocks_hz) if station and known else ""
        self._explain(_range(station.board) if station and station.board else "no board selected")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        station = self._station
        if station is None or station.board is None:
            self.post_message(self.Left())
            return
        try:
            legal, advice = _nearest(station.board, event.value)
        except InputError as error:
            self._explain(f"! {error}", trouble=True)
            return
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
        *before, last = SEPARATORS.split(entry.value.strip())
        steps = sorted(board.common_clocks_mhz)
        now = _number(last) or 0.0
        beyond = [mhz for mhz in steps if (mhz > now if event.by > 0 else mhz < now)]
        if beyond:
            chosen = beyond[0] if event.by > 0 else beyond[-1]
            entry.value = ", ".join([*(one.strip() for one in before), f"{chosen:g}"])
            entry.cursor_position = len(entry.value)

    def _explain(self, text: str, trouble: bool = False) -> None:
        style = "bold" if trouble else "dim"
        self.query_one("#clock-range", StableText).say(shown(text, style), layout=False)


def _entry(clocks_hz: tuple[float, ...]) -> str:
    return clock_list(clocks_hz).removesuffix(" MHz")


def _number(text: str) -> float | None:
    """A frequency in MHz; None for what is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < HIGHEST_MHZ else None


def _range(board: Board) -> str:
    from tinylab.boards.clocks import limits

    low, high = (f"{hz / MHZ:g}" for hz in limits(board))
    common = " ".join(f"{mhz:g}" for mhz in board.common_clocks_mhz)
    return f"{low} … {high} MHz; commas make a sweep\n↑↓ common: {common}"


def _nearest(board: Board, text: str) -> tuple[tuple[float, ...], str]:
    """Legal clocks for what was typed, and what to say if they are not just that.

    Nothing typed is the highest clock. Raises InputError for what is no frequency.
    """
    from tinylab.boards.clocks import nearest, solve

    legal: list[float] = []
    wrong: list[str] = []
    for item, mhz in _numbers(text) or [("", board.max_hz / MHZ)]:
        try:
            legal.append(float(solve(board, mhz * MHZ).hz))
        except ClockError:
            near = nearest(board, mhz * MHZ)
            best = min(near, key=lambda hz: abs(hz - mhz * MHZ))
            legal.append(best)
            wrong.append(f"{item}: {' or '.join(_entry((hz,)) for hz in near)}")
    taken = tuple(dict.fromkeys(legal))
    if not wrong:
        return taken, ""
    return taken, f"! not possible; nearest to {'; '.join(wrong)}\nEnter selects {_entry(taken)}"


def _numbers(text: str) -> list[tuple[str, float]]:
    """What was typed, item by item, with its value in MHz. Raises InputError."""
    found = []
    for item in filter(None, SEPARATORS.split(text)):
        mhz = _number(item)
        if mhz is None:
            raise InputError(
                f"'{item[:20]}' is not a frequency.", remedy="MHz, with commas: 48, 64"
            )
        found.append((item, mhz))
    if len(found) > MOST:
        raise InputError(f"{len(found)} clocks are too many.", remedy=f"At most {MOST}.")
    return found
