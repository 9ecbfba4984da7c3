"""The left side of the bench: what can be run, what is ticked, at which clocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList

from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.widgets.clock import ClockPane
from tinylab.screens.widgets.models import ModelList
from tinylab.screens.widgets.pick_list import PickList
from tinylab.screens.widgets.stations import StationList

if TYPE_CHECKING:
    from tinylab.bench.prepare.model_facts import ModelFacts, Shortage
    from tinylab.errors import TinylabError
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.live import StationLine
    from tinylab.screens.selection import Model, Selection, StationEntry


class SelectionPane(ErrorBoundary, Vertical):
    """Shows the selection, and applies what the user ticks and types.

    Life cycle: empty until `open`; from then on every change of the selection goes through here,
    and is drawn.
    """

    class Moved(Message):
        """A cursor has come to another line, or what is under it has changed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.selection: Selection | None = None
        self._working: dict[str, StationLine] = {}

    def compose(self) -> ComposeResult:
        yield StationList(id="stations")
        yield ModelList(id="models")
        yield ClockPane(id="clock")

    @property
    def station_key(self) -> str | None:
        """The station under the cursor."""
        return self.query_one(StationList).key

    @property
    def chosen(self) -> tuple[StationEntry | None, Model | None]:
        """The station and the model under the cursors."""
        if self.selection is None:
            return None, None
        model = self.query_one(ModelList).key
        return self.selection.station(self.station_key or ""), self.selection.model(model or "")

    @property
    def lacking(self) -> Shortage | None:
        """What the chosen station's board lacks for the chosen model."""
        station, model = self.chosen
        return self.selection.lacking(station, model) if self.selection and model else None

    def open(self, selection: Selection) -> None:
        """Shows this selection, with the cursors on the requested entries, so that r runs them."""
        self.selection = selection
        self.draw()
        for name, ticked in (
            ("#stations", [one.key for one in selection.stations if one.ticked]),
            ("#models", [one.name for one in selection.models if one.ticked]),
        ):
            self.query_one(name, PickList).go_to(ticked[0] if ticked else "")

    def see(self, probes: Iterable[ProbeInfo]) -> None:
        """These probes are attached now."""
        if self.selection is not None:
            self.selection.see(probes)
            self.draw()

    def learn(self, name: str, facts: ModelFacts | TinylabError) -> None:
        """Facts about a model."""
        if self.selection is not None:
            self.selection.learn(name, facts)
            self.draw()
            self.post_message(self.Moved())

    def add_model(self, path: str) -> str | None:
        """Puts a model file into the list; its name there. Raises InputError."""
        if self.selection is None:
            return None
        name = self.selection.add_model(path)
        self.draw()
        self.query_one(ModelList).go_to(name)
        return name

    def remove_model(self) -> None:
        """Takes the model under the cursor off the list. Raises InputError."""
        _, model = self.chosen
        if self.selection is not None and model is not None:
            self.selection.remove_model(model.name)
            self.draw()

    def work(self, lines: Iterable[StationLine]) -> None:
        """What the stations of a running session are doing; nothing when there is none."""
        self._working = {line.key: line for line in lines}
        self.draw()

    def draw(self) -> None:
        """Draws the lists and the clock from the selection."""
        selection = self.selection
        if selection is None:
            return
        self.query_one(StationList).show_stations(selection.stations, self._working)
        station, _ = self.chosen
        models = [(model, selection.lacking(station, model)) for model in selection.models]
        options = selection.options
        self.query_one(ModelList).show_models(models, options.compression, options.data)
        self.query_one(ClockPane).show_station(station)

    @on(OptionList.OptionSelected)
    def _ticked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.selection is None or event.option_id is None:
            return
        if event.option_list.id == "stations":
            self.selection.tick_station(event.option_id)
        else:
            self.selection.tick_model(event.option_id)
        self.draw()

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.draw()
        self.post_message(self.Moved())

    @on(ClockPane.Chosen)
    def _clocks_chosen(self, event: ClockPane.Chosen) -> None:
        if self.selection is not None:
            self.selection.set_clocks(event.key, event.clocks_hz)
        self._clocks_left()

    @on(ClockPane.Left)
    def _clocks_left(self) -> None:
        self.query_one(StationList).focus()
        self.draw()
