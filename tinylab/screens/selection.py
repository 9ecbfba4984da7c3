"""The selection: stations, models, what is ticked, and the resulting plan.

It uses no widget and no thread: the screen owns one selection and updates it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tinylab.bench.plan.plan import (
    DEFAULT_STATIONS,
    Job,
    Options,
    Plan,
    StationRequest,
    make_plan,
    parse_station,
)
from tinylab.bench.prepare.model_facts import ModelFacts, Shortage, shortage
from tinylab.boards import catalog as boards
from tinylab.boards.board import Board
from tinylab.errors import InputError, ModelFileError, StationError, TinylabError
from tinylab.options.option import Value
from tinylab.results.identity import TINYLAB
from tinylab.settings import MEASURING, Settings
from tinylab.zoo import catalog as models
from tinylab.zoo import signatures

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo
    from tinylab.zoo.samples.files import SampleFile

EMPTY: Mapping[str, TinylabError] = {}


@dataclass(frozen=True)
class StartRequest:
    """The request of the command line; an empty one is the default plan."""

    models: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    options: Mapping[str, Value] = field(default_factory=dict)
    """Options of `settings` that were given; they take precedence over the saved ones."""
    runtimes: tuple[str, ...] = (TINYLAB,)
    cubeai_dirs: tuple[str, ...] = ()
    data: SampleFile | None = None
    reset_state: bool = False
    place: tuple[str, ...] = ()

    def plan(self) -> Plan:
        """The plan without listing probes. Raises InputError or a subclass."""
        return make_plan(self.models, [parse_station(text) for text in self.on], self.measuring())

    def without(self, name: str) -> StartRequest:
        """The same, except for an option that was changed since."""
        return replace(self, options={k: v for k, v in self.options.items() if k != name})

    def measuring(self, saved: Settings | None = None) -> Options:
        """How to measure, by the command line first and the settings second."""
        values = saved or Settings()
        chosen = {
            one.name: self.options.get(one.name, getattr(values, one.name)) for one in MEASURING
        }
        return Options(
            runtimes=self.runtimes,
            cubeai_dirs=self.cubeai_dirs,
            data=self.data,
            reset_state=self.reset_state,
            place=self.place,
            **chosen,
        )


@dataclass(frozen=True)
class StationEntry:
    """A line of the list of stations. `request` is None if the board is unknown."""

    key: str
    request: StationRequest | None
    probe: ProbeInfo | None = None
    attached: bool = True
    ticked: bool = False
    clocks_hz: tuple[float, ...] = ()

    @property
    def board(self) -> Board | None:
        return boards.by_name(self.request.board) if self.request else None

    @property
    def simulated(self) -> bool:
        return self.request is not None and self.request.simulated

    @property
    def problem(self) -> tuple[str, str] | None:
        """Why it cannot be used, and what to do; None if it can."""
        if not self.attached:
            return "unplugged", "Plug the board in; it is then listed again."
        if self.probe is None or (self.request is not None and self.probe.problem is None):
            return None
        why = self.probe.problem or self.probe.remark or "its board is not in the catalogue."
        return why, self.probe.remedy or ""

    def asked(self) -> StationRequest:
        """The request with its clocks. Raises StationError for a station that cannot be used."""
        problem = self.problem
        if self.request is None or problem is not None:
            what, remedy = problem or ("its board is not in the catalogue", "")
            raise StationError(f"{self.key} cannot be used: {what}", remedy=remedy)
        return replace(self.request, clocks_hz=self.clocks_hz)


@dataclass(frozen=True)
class Model:
    """A line of the list of models; `facts` is None until the file has been read."""

    name: str
    title: str
    added: bool = False
    ticked: bool = True
    facts: ModelFacts | TinylabError | None = None
    refusal: TinylabError | None = None
    """Why it does not take the samples of the user's data."""


class Selection:
    """Stations and models in the order they are shown, and what is ticked.

    Until the user ticks a station, those of the default plan are ticked: every attached board, or
    with none attached the study's virtual ones.
    """

    def __init__(self, asked: StartRequest, settings: Settings) -> None:
        self.asked = asked
        self.settings = settings
        wanted = [parse_station(text) for text in asked.on]
        self._hands_off = not wanted
        """The user has not selected stations."""
        clocks = {request.label: request.clocks_hz for request in _study() + wanted}
        sims = [_virtual(board, clocks) for board in boards.all_boards()]
        missing = [_awaited(request) for request in wanted if not request.simulated]
        self._stations = {one.key: one for one in (*missing, *sims)}
        for request in wanted:
            self._put(replace(self._stations[request.label], ticked=True))
        self._models = _models(asked, settings)
        self._tick_by_default()

    @property
    def stations(self) -> tuple[StationEntry, ...]:
        """Boards by name, then probes with an unknown board, then virtual boards."""
        return tuple(sorted(self._stations.values(), key=_order))

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple(self._models.values())

    def option(self, name: str) -> Value:
        """An option of `settings`: as the command line gave it, or as it is saved."""
        saved: Value = getattr(self.settings, name)
        return self.asked.options.get(name, saved)

    @property
    def options(self) -> Options:
        return self.asked.measuring(self.settings)

    def station(self, key: str) -> StationEntry | None:
        return self._stations.get(key)

    def model(self, name: str) -> Model | None:
        return self._models.get(name)

    def see(self, probes: Iterable[ProbeInfo]) -> None:
        """These probes are attached now, and no others; known boards stay, as unplugged."""
        found = {one.key: one for one in map(_attached, probes)}
        for old in list(self._stations.values()):
            if old.simulated or old.key in found:
                continue
            if old.request is None:
                del self._stations[old.key]
            else:
                self._put(replace(old, attached=False))
        for key, new in found.items():
            before = self._stations.get(key) or self._claim(new)
            if before is None:
                self._put(new)
            else:
                self._put(replace(new, ticked=before.ticked, clocks_hz=before.clocks_hz))
        self._tick_by_default()

    def tick_station(self, key: str) -> None:
        self._hands_off = False
        station = self._stations[key]
        self._put(replace(station, ticked=not station.ticked))

    def set_clocks(self, key: str, clocks_hz: Sequence[float]) -> None:
        self._put(replace(self._stations[key], clocks_hz=tuple(clocks_hz)))

    def tick_model(self, name: str) -> None:
        model = self._models[name]
        self._models[name] = replace(model, ticked=not model.ticked)

    def learn(self, name: str, facts: ModelFacts | TinylabError) -> None:
        """Stores the facts about a model; a model that was removed meanwhile is ignored."""
        if name in self._models:
            title = facts.title if isinstance(facts, ModelFacts) else self._models[name].title
            self._models[name] = replace(self._models[name], title=title, facts=facts)

    def take_data(
        self, data: SampleFile | None, refusals: Mapping[str, TinylabError] = EMPTY
    ) -> str:
        """Runs get these samples from now on; what that means for the models, in a sentence.

        Models that do not take them are unticked; if none is left, those that do are ticked.
        """
        self.asked = replace(self.asked, data=data)
        takers = [name for name in self._models if name not in refusals]
        unticked = [one.title for one in self.models if one.ticked and one.name in refusals]
        left = any(one.ticked and one.name in takers for one in self.models)
        self._models = {
            name: replace(
                one, ticked=name in takers and (one.ticked or not left), refusal=refusals.get(name)
            )
            for name, one in self._models.items()
        }
        if data is None:
            return "Models of the catalogue run held-out samples again, others random values."
        said = f"{data.name}: {len(data):,} samples."
        if unticked:
            said += f" Unticked, as they take other data: {', '.join(unticked)}."
        return said

    def add_model(self, path: str) -> str:
        """Puts the model file at `path` into the list, ticked; its name there.

        Raises UnknownName if there is no such file, InputError if it is no model file.
        """
        found = models.find(path)
        if isinstance(found, Path) and found.is_dir():
            raise InputError(f"{path} is a folder.", remedy="Name a model file in it.")
        if isinstance(found, Path):
            _check_signature(path, found)
        name = _model_name(path)
        if name not in self._models:
            self._models[name] = Model(name, Path(name).name, added=True)
        return name

    def remove_model(self, name: str) -> None:
        """Removes a model that the user added; the file is kept. Raises InputError."""
        if not self._models[name].added:
            raise InputError(
                f"{name} belongs to the catalogue and cannot be removed.",
                remedy="Enter unticks it, which excludes it from plans.",
            )
        del self._models[name]

    def lacking(self, station: StationEntry | None, model: Model) -> Shortage | None:
        """The bytes that the station's board lacks; None if it fits or is unknown."""
        if station is None or station.board is None or not isinstance(model.facts, ModelFacts):
            return None
        return shortage(station.board, model.facts, self.options.compression)

    def whole_plan(self) -> Plan:
        """Every ticked model on every ticked station at its clocks.

        Raises InputError when nothing is ticked, StationError for one that cannot be used.
        """
        stations = [one.asked() for one in self.stations if one.ticked]
        chosen = [one.name for one in self.models if one.ticked]
        for found, what in ((stations, "station"), (chosen, "model")):
            if not found:
                raise InputError(
                    f"No {what} is ticked.", remedy=f"Enter on a {what} ticks it; then R runs."
                )
        return make_plan(chosen, stations, self.options)

    def plan_of(self, station: StationEntry | None, model: Model | None) -> Plan:
        """One model on one station at its clocks. Raises as `whole_plan` does."""
        if station is None or model is None:
            raise InputError(
                "No station or no model is selected.", remedy="s and m go to the lists."
            )
        return make_plan([model.name], [station.asked()], self.options)

    def _put(self, station: StationEntry) -> None:
        self._stations[station.key] = station

    def _claim(self, new: StationEntry) -> StationEntry | None:
        """The line of a requested board, if `new` is that board.

        The request may have no serial number, or one in another case.
        """
        if new.request is None:
            return None
        names = (new.request.board, new.key.lower())
        waiting = next((key for key in self._stations if key.lower() in names), None)
        return self._stations.pop(waiting) if waiting else None

    def _tick_by_default(self) -> None:
        if not self._hands_off:
            return
        usable = [one for one in self._stations.values() if not one.simulated and not one.problem]
        study = {request.label for request in _study()}
        for one in self._stations.values():
            self._put(replace(one, ticked=one in usable if usable else one.key in study))


def station_key(job: Job) -> str:
    """The line of the list that the job's station has."""
    return job.station.label


def _order(station: StationEntry) -> tuple[bool, bool, int, str]:
    """Virtual boards come last, and those of the study before the others."""
    study = [request.label for request in _study()]
    place = study.index(station.key) if station.key in study else len(study)
    return station.simulated, station.request is None, place, station.key


def _study() -> list[StationRequest]:
    return [parse_station(text) for text in DEFAULT_STATIONS]


def _virtual(board: Board, clocks: Mapping[str, tuple[float, ...]]) -> StationEntry:
    request = StationRequest(board.name, simulated=True)
    chosen = clocks.get(request.label) or (float(board.max_hz),)
    return StationEntry(request.label, request, clocks_hz=chosen)


def _awaited(request: StationRequest) -> StationEntry:
    """A requested board that was not listed yet."""
    clocks = request.clocks_hz or (float(boards.by_name(request.board).max_hz),)
    return StationEntry(
        request.label, replace(request, clocks_hz=()), attached=False, clocks_hz=clocks
    )


def _attached(probe: ProbeInfo) -> StationEntry:
    if probe.board_name is None:
        return StationEntry(probe.unique_id, None, probe)
    request = StationRequest(probe.board_name, serial=probe.unique_id)
    clocks = (float(boards.by_name(probe.board_name).max_hz),)
    return StationEntry(request.label, request, probe, clocks_hz=clocks)


def _check_signature(shown: str, path: Path) -> None:
    if not path.is_file():
        raise InputError(f"{shown} is not a file.", remedy=f"Name a model file: {signatures.READ}")
    try:
        signatures.of_file(path)
    except ModelFileError as error:
        raise replace(error, message=f"{shown} {error.message}") from error


def _model_name(text: str) -> str:
    """A name of the catalogue, or a file by its whole path. Raises UnknownName."""
    found = models.find(text)
    return found.name if isinstance(found, models.CatalogModel) else str(found.resolve())


def _models(asked: StartRequest, settings: Settings) -> dict[str, Model]:
    """The catalogue's and the user's own; ticked are those asked for, or the catalogue's floats."""
    chosen = [_model_name(text) for text in asked.models]
    shipped = models.every_name()
    quantised = [name for name in shipped if name not in models.names()]
    names = [*models.names(), *quantised, *settings.models, *chosen]
    return {
        name: Model(
            name,
            models.model(name).title if name in shipped else Path(name).name,
            added=name not in shipped,
            ticked=name in (chosen or models.names()),
        )
        for name in dict.fromkeys(names)
    }
