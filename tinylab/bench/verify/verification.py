"""Compares one network on one board, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tinylab.bench.measure.measurement import Target
from tinylab.bench.plan.plan import Job, Options
from tinylab.bench.prepare.image_pipeline import ImagePipeline, identify
from tinylab.bench.prepare.loaded_model import Loaded
from tinylab.bench.station.station import Station, Turn, open_station
from tinylab.bench.verify.document import LayerCheck, Verification
from tinylab.bench.verify.observation import Board, Observation
from tinylab.bench.verify.observed_code import ObservedCode, observed
from tinylab.bench.verify.tally import Compared, Tally
from tinylab.boards.clocks import solve
from tinylab.build.image import Image
from tinylab.errors import CubeAiError, Interrupted, TinylabError
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import RunIdentity
from tinylab.results.record_parts import OutputCheck
from tinylab.stream import observer
from tinylab.zoo import cost

if TYPE_CHECKING:
    from usb.backend import IBackend

Tell = Callable[[Job, str], None]
Cancelled = Callable[[], bool]


@dataclass
class _Progress:
    """What is known of a verification so far."""

    identity: RunIdentity
    code: ObservedCode | None = None
    kinds: dict[str, str] = field(default_factory=dict)
    samples: int = 0
    tallies: dict[int, Tally] = field(default_factory=dict)
    output: OutputCheck | None = None

    def add(self, found: Sequence[Compared]) -> None:
        """The tensors of the latest input."""
        for one in found:
            self.tallies.setdefault(one.step, Tally(one)).add(self.samples, one)

    def require_layers(self) -> None:
        if not self.tallies:
            raise CubeAiError(
                "ST's runtime has shown no layer of the model.",
                remedy="Its library was built without observers, or the code was generated from "
                "another model.",
            )


class Verifier:
    """Verifies the jobs of a plan, one after the other."""

    def __init__(
        self,
        options: Options,
        inputs: int | None,
        cancelled: Cancelled,
        tell: Tell,
        bus: IBackend | None = None,
    ) -> None:
        """`inputs` are the most to run (None: all); `bus` carries the real boards."""
        self._options = options
        self._inputs = inputs
        self._cancelled = cancelled
        self._tell = tell
        self._bus = bus
        self._pipeline = ImagePipeline()

    def verify(self, job: Job) -> Verification:
        """The comparison. A TinylabError ends it and is in it, with what was compared before."""
        progress = _Progress(job.identity)
        error: TinylabError | None = None
        try:
            self._on_board(job, progress)
        except TinylabError as found:
            error = found
        code = progress.code
        return Verification(
            identity=progress.identity,
            inputs=code.prepared.source if code else "",
            samples=progress.samples,
            layers=tuple(_checks(progress)),
            without_code=code.without_code if code else (),
            output=progress.output,
            notes=code.prepared.notes if code else (),
            error=ErrorRecord.of(error) if error else None,
        )

    def _on_board(self, job: Job, progress: _Progress) -> None:
        self._require_time()
        turn = Turn(
            f"verifying {job.model}",
            self._options.wait_s,
            lambda text: self._tell(job, text),
            lambda text, done: self._tell(job, text) if not done else None,
        )
        with open_station(job.station, self._bus, self._cancelled, turn) as station:
            progress.identity = replace(progress.identity, serial=station.serial)
            clock = solve(station.board, job.clock_hz)
            station.require_clock(clock.hz)
            code = self._prepare(job, station, progress)
            self._tell(job, "building")
            image = self._pipeline.build(
                code.prepared, station.board, lambda step: None, self._cancelled
            )
            progress.identity = replace(progress.identity, placement=str(image.placement))
            self._require_time()
            self._tell(job, "flashing")
            station.flash(image.segments, self._keep_on, mass_erase=self._options.mass_erase)
            board = Board(station.connection, station.timebase, clock, self._cancelled)
            self._compare(job, board, image, progress)

    def _prepare(self, job: Job, station: Station, progress: _Progress) -> ObservedCode:
        self._tell(job, "loading the model")
        loaded = self._pipeline.load_for(job.workload, self._cancelled)
        if loaded is None:  # only ST's tools read it; the error says what tinylab does not read
            loaded = self._pipeline.load(job.workload.model, self._cancelled)
        known = identify(job, loaded, self._options.compression)
        progress.identity = replace(known, serial=station.serial)
        progress.kinds = _kinds(loaded)
        self._tell(job, "generating code")
        prepared = self._pipeline.prepare(
            job.workload,
            loaded,
            station.board,
            # Each inference follows a reset.
            replace(self._options, reset_state=True),
            lambda step: None,
            self._cancelled,
        )
        progress.identity = prepared.facts.identify(progress.identity)
        progress.code = observed(job.workload, loaded, prepared)
        return progress.code

    def _compare(self, job: Job, board: Board, image: Image, progress: _Progress) -> None:
        assert progress.code is not None
        prepared, host = progress.code.prepared, progress.code.host
        target = Target.of(image, prepared.output_bytes, prepared.adapter)
        window = image.symbols[observer.SYMBOL]
        driven = Observation(board, target, window, prepared.facts.macc)
        inputs = prepared.inputs[: self._inputs]
        outputs = []
        driven.start()
        for number, block in enumerate(inputs, 1):
            self._tell(job, f"input {number:,} of {len(inputs):,}")
            progress.samples = number
            host.begin(block)
            try:
                for shown, data in driven.infer(block):
                    host.take(shown, data)
            finally:  # the layers before a fault show where it is
                progress.add(host.end())
            progress.require_layers()
            outputs.append(driven.output())
        progress.output = prepared.compare(outputs)

    def _keep_on(self, _: float) -> None:
        self._require_time()

    def _require_time(self) -> None:
        if self._cancelled():
            raise Interrupted("Stopped before layers were compared.")


def _kinds(loaded: Loaded) -> dict[str, str]:
    return {row.name: row.kind for row in cost.rows(loaded.network)}


def _checks(progress: _Progress) -> Iterator[LayerCheck]:
    for step, tally in sorted(progress.tallies.items()):
        of = tally.of
        yield LayerCheck(
            step=step,
            layers=of.layers,
            kinds=tuple(progress.kinds.get(name, "") for name in of.layers),
            node=of.node,
            shape=of.board.shape,
            number_type=of.type.number.value,
            elements=tally.elements,
            differing=tally.differing,
            max_abs_error=tally.max_abs_error,
            tolerance=tally.tolerance,
            largest=tally.largest if tally.max_abs_error else None,
            board=tally.board.statistics(),
            host=tally.host.statistics(),
        )
