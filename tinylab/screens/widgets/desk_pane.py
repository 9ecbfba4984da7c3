"""The left side of the bench: what can be run, what is ticked, at which clocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import OptionList

from tinylab.screens.guarded import Guarded
from tinylab.screens.widgets.clock import ClockPane
from tinylab.screens.widgets.models import ModelList
from tinylab.screens.widgets.pick_list import PickList
from tinylab.screens.widgets.stations import StationList

if TYPE_CHECKING:
    from tinylab.bench.prepare.model_facts import ModelFacts, Shortage
    from tinylab.errors import TinylabError
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.screens.desk import Desk, Model, Station
    from tinylab.screens.live import StationLine


class DeskPane(Guarded, Vertical):
    """Shows a desk, and carries out what is ticked and typed on it.

    Life cycle: empty until `lay`; from then on every change of the desk goes through here, and
    is drawn.
    """

    class Moved(Message):
        """A cursor has come to another line, or what is under it has changed."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.desk: Desk | None = None
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
    def chosen(self) -> tuple[Station | None, Model | None]:
        """The station and the model under the cursors."""
        if self.desk is None:
            return None, None
        model = self.query_one(ModelList).key
        return self.desk.station(self.station_key or ""), self.desk.model(model or "")

    @property
    def lacking(self) -> Shortage | None:
        """What the chosen station's board lacks for the chosen model."""
        station, model = self.chosen
        return self.desk.lacking(station, model) if self.desk and model else None

    def lay(self, desk: Desk) -> None:
        """Shows this desk, with the cursors on what was asked for, so that r runs it."""
        self.desk = desk
        self.draw()
        for name, ticked in (
            ("#stations", [one.key for one in desk.stations if one.ticked]),
            ("#models", [one.name for one in desk.models if one.ticked]),
        ):
            self.query_one(name, PickList).go_to(ticked[0] if ticked else "")

    def see(self, probes: Iterable[ProbeInfo]) -> None:
        """These probes are attached now."""
        if self.desk is not None:
            self.desk.see(probes)
            self.draw()

    def learn(self, name: str, facts: ModelFacts | TinylabError) -> None:
        """What was found out about a model."""
        if self.desk is not None:
            self.desk.learn(name, facts)
            self.draw()
            self.post_message(self.Moved())

    def add_model(self, path: str) -> str | None:
        """Puts a model file into the list; its name there. Raises InputError."""
        if self.desk is None:
            return None
        name = self.desk.add_model(path)
        self.draw()
        self.query_one(ModelList).go_to(name)
        return name

    def remove_model(self) -> None:
        """Takes the model under the cursor off the list. Raises InputError."""
        _, model = self.chosen
        if self.desk is not None and model is not None:
            self.desk.remove_model(model.name)
            self.draw()

    def work(self, lines: Iterable[StationLine]) -> None:
        """What the stations of a running session are doing; nothing when there is none."""
        self._working = {line.key: line for line in lines}
        self.draw()

    def draw(self) -> None:
        """The lists and the clock, as they are on the desk."""
        desk = self.desk
        if desk is None:
            return
        self.query_one(StationList).show_stations(desk.stations, self._working)
        station, _ = self.chosen
        models = [(model, desk.lacking(station, model)) for model in desk.models]
        self.query_one(ModelList).show_models(models, desk.options.compression)
        self.query_one(ClockPane).show_station(station)

    @on(OptionList.OptionSelected)
    def _ticked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self.desk is None or event.option_id is None:
            return
        if event.option_list.id == "stations":
            self.desk.tick_station(event.option_id)
        else:
            self.desk.tick_model(event.option_id)
        self.draw()

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.draw()
        self.post_message(self.Moved())

    @on(ClockPane.Chosen)
    def _clocks_chosen(self, event: ClockPane.Chosen) -> None:
        if self.desk is not None:
            self.desk.set_clocks(event.key, event.clocks_hz)
        self._clocks_left()

    @on(ClockPane.Left)
    def _clocks_left(self) -> None:
        self.query_one(StationList).focus()
        self.draw()
