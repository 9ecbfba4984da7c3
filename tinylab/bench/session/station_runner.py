"""One station doing its jobs, stage by stage."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from tinylab.bench.measure import link_choice
from tinylab.bench.measure.layer_timer import LayerTimer
from tinylab.bench.measure.measurement import Bench, Measurement, States, Target
from tinylab.bench.measure.sample_readers import Batch
from tinylab.bench.plan.events import (
    Event,
    RunFailed,
    RunFinished,
    SampleRun,
    Samples,
    Stage,
    StageFinished,
    StageProgress,
    StageStarted,
    Warned,
)
from tinylab.bench.plan.plan import Job, Options
from tinylab.bench.plan.stop_rule import StopRule, stop_rule
from tinylab.bench.prepare.image_pipeline import ImagePipeline, identify
from tinylab.bench.prepare.placing_advice import profiled
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.bench.session.origin import origin
from tinylab.bench.session.run_storage import RunStorage, not_stored
from tinylab.bench.session.validity import (
    accuracy,
    compare,
    data_run,
    problems,
    remarks,
    stopped,
    verify_command,
)
from tinylab.bench.station.station import Station
from tinylab.boards.clock_family import ClockSettings
from tinylab.boards.clocks import solve
from tinylab.build.image import BuildProgress, Image
from tinylab.codegen.st_tool.generate import Progress
from tinylab.errors import (
    InternalError,
    Interrupted,
    MeasurementError,
    TinylabError,
    Unplugged,
)
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import RunIdentity
from tinylab.results.memory_record import with_stack
from tinylab.results.published import published
from tinylab.results.record import RunRecord
from tinylab.results.record_parts import Stages
from tinylab.results.store import Store


@dataclass
class _Progress:
    """One job in progress."""

    job: Job
    identity: RunIdentity
    """As far as known; every stage may add to it."""
    started: str
    storage: RunStorage
    seconds: dict[Stage, float] = field(default_factory=dict)
    problems: tuple[MeasurementError, ...] = ()
    """Why the measurement is invalid."""


class StationRunner:
    """Executes jobs on one open station. The flashed image is remembered from job to job."""

    def __init__(
        self,
        station: Station,
        options: Options,
        pipeline: ImagePipeline,
        store: Store,
        cancelled: threading.Event,
        tell: Callable[[Event], None],
    ) -> None:
        self._station = station
        self._options = options
        self._pipeline = pipeline
        self._store = store
        self._cancelled = cancelled
        self._tell = tell
        self._flashed: bytes | None = None

    def run(self, job: Job) -> None:
        """Execute one job; its end is reported as RunFinished or RunFailed."""
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        identity = replace(job.identity, serial=self._station.serial)
        planned = stop_rule(self._options, job.clock_hz, job.simulated).min_inferences
        storage = RunStorage(self._store, job, planned, self._tell)
        progress = _Progress(job, identity, started, storage)
        storage.begin(identity)
        try:
            record = self._stages(progress)
        except Interrupted as error:
            partial = storage.partial()
            said = stopped(partial, job.clock_hz) if partial else error
            storage.interrupt(error=said)
            self._tell(RunFailed(job, said, identity=progress.identity, partial=partial))
        except TinylabError as error:
            if isinstance(error, Unplugged):
                storage.interrupt(str(error), error)
            else:
                storage.fail(error)
            partial = storage.partial()
            self._tell(RunFailed(job, error, identity=progress.identity, partial=partial))
            self._stop_if_asked()
        except Exception as error:  # noqa: BLE001 - it costs this job only, and is told as a bug
            self._flashed = None  # the board may be in any state
            bug = _bug(error)
            storage.fail(bug)
            self._tell(RunFailed(job, bug, identity=progress.identity))
            self._stop_if_asked()
        else:
            storage.finish(record)
            if storage.failure is not None:
                warnings = (*record.warnings, not_stored(storage.failure))
                record = replace(record, warnings=warnings)
            if record.valid:
                self._tell(RunFinished(job, record))
            else:
                self._tell(RunFailed(job, progress.problems[0], record))
                self._stop_if_asked()
        finally:
            self._station.rest()

    def _known(self, progress: _Progress, identity: RunIdentity) -> None:
        """Updates the run's identity; the station's serial number is kept."""
        progress.identity = replace(identity, serial=self._station.serial)
        progress.storage.identify(progress.identity)

    def _stop_if_asked(self) -> None:
        if self._options.fail_fast:
            self._cancelled.set()

    def _stages(self, progress: _Progress) -> RunRecord:
        self._station.connection.require_attached()
        job, board = progress.job, self._station.board
        clock = solve(board, job.clock_hz)
        self._station.require_clock(clock.hz)
        with self._stage(progress, Stage.LOAD):
            loaded = self._pipeline.load_for(job.workload, self._cancelled.is_set)
        if loaded is not None:
            self._known(progress, identify(job, loaded, self._options.compression))
        with self._stage(progress, Stage.GENERATE):
            prepared = self._pipeline.prepare(
                job.workload,
                loaded,
                board,
                self._options,
                lambda step: self._generate_progress(job, step),
                self._cancelled.is_set,
            )
        self._known(progress, prepared.facts.identify(progress.identity))
        with self._stage(progress, Stage.BUILD):
            image = self._pipeline.build(
                prepared,
                board,
                lambda step: self._build_progress(job, step),
                self._cancelled.is_set,
            )
        self._known(progress, replace(progress.identity, placement=str(image.placement)))
        with self._stage(progress, Stage.FLASH):
            self._flash(job, image)
        rule = stop_rule(self._options, clock.hz, job.simulated)
        with self._stage(progress, Stage.MEASURE):
            linked = self._measure(progress, prepared, image, clock, rule)
        return self._record(progress, prepared, image, clock, rule, linked)

    @contextmanager
    def _stage(self, progress: _Progress, stage: Stage) -> Iterator[None]:
        if self._cancelled.is_set():
            raise Interrupted("Stopped before it was measured.")
        self._tell(StageStarted(progress.job, stage))
        begun = time.perf_counter()
        yield
        seconds = time.perf_counter() - begun
        progress.seconds[stage] = seconds
        self._tell(StageFinished(progress.job, stage, seconds))

    def _generate_progress(self, job: Job, step: Progress) -> None:
        self._tell(StageProgress(job, Stage.GENERATE, 0.0, step.text, step.output))

    def _build_progress(self, job: Job, step: BuildProgress) -> None:
        fraction = step.done / step.total if step.total else 0.0
        self._tell(StageProgress(job, Stage.BUILD, fraction, step.line, step.output))

    def _flash(self, job: Job, image: Image) -> None:
        if self._flashed == image.build_id:
            return
        self._flashed = None
        self._station.flash(
            image.segments,
            lambda fraction: self._flash_progress(job, fraction),
            mass_erase=self._options.mass_erase,
        )
        self._flashed = image.build_id

    def _flash_progress(self, job: Job, fraction: float) -> None:
        if self._cancelled.is_set():
            raise Interrupted("Stopped while flashing.")
        self._tell(StageProgress(job, Stage.FLASH, fraction))

    def _measure(
        self,
        progress: _Progress,
        prepared: PreparedNetwork,
        image: Image,
        clock: ClockSettings,
        rule: StopRule,
    ) -> link_choice.Linked:
        def listen(batch: Batch) -> None:
            if not batch.warmup:
                progress.storage.append(batch.first_index, batch.cycles)
            told = Samples(progress.job, batch.total, batch.cycles, batch.warmup, batch.lost)
            self._tell(told)

        def bench() -> Bench:
            target = Target.of(image, prepared.output_bytes, prepared.adapter)
            station = self._station
            layers = LayerTimer.of(station, prepared.layers, image.symbols)
            cancelled = self._cancelled.is_set
            return Bench(station.connection, target, station.timebase, cancelled, layers)

        def measure(made: Bench) -> Measurement:
            every = sample if prepared.samples is not None else None
            states = States.NONE
            if prepared.states:
                states = States.RESET if self._options.reset_state else States.KEPT
            macc = prepared.facts.macc
            return made.measure(clock, rule, prepared.inputs, macc, listen, every, states)

        def sample(index: int, cycles: int) -> None:
            number, count = index + 1, len(prepared.inputs)
            text, done = f"sample {number:,} of {count:,}", number / count
            self._tell(
                SampleRun(
                    progress.job,
                    Stage.MEASURE,
                    done,
                    text,
                    number=number,
                    count=count,
                    cycles=cycles,
                )
            )

        def anew(reason: str) -> None:
            """The samples so far remain in the store, as a separate run."""
            progress.storage.interrupt(reason)
            progress.storage.begin(progress.identity)
            self._tell(StageStarted(progress.job, Stage.MEASURE))

        attempts = link_choice.MeasureAttempts(bench, measure, anew)
        return link_choice.measure(self._options.link, self._station, clock, attempts)

    def _record(
        self,
        progress: _Progress,
        prepared: PreparedNetwork,
        image: Image,
        clock: ClockSettings,
        rule: StopRule,
        linked: link_choice.Linked,
    ) -> RunRecord:
        job, board = progress.job, self._station.board
        measured = linked.measured
        output = compare(measured, prepared)
        data = data_run(measured, prepared)
        verify = verify_command(job, self._options)
        progress.problems = problems(output, clock, measured, data, verify)
        warnings = (
            *map(str, progress.problems),
            *prepared.notes,
            *self._station.remarks,
            *remarks(linked, self._station.connection.stepped_down),
        )
        for text in warnings:
            self._tell(Warned(job, text))
        seconds = progress.seconds
        return RunRecord(
            identity=progress.identity,
            clock_measured_hz=measured.clock_measured_hz,
            wait_states=clock.wait_states,
            bus_hz=clock.bus_hz,
            caches=board.caches,
            fpu=board.fpu,
            warmup=rule.warmup,
            lost=measured.dropped,
            cycles=measured.stats(),
            first_cycles=measured.first_cycles,
            flash_bytes=image.flash_bytes,
            ram_bytes=image.ram_bytes,
            weights_bytes=prepared.weights_bytes,
            activations_bytes=prepared.activations_bytes,
            stack_bytes=measured.stack_bytes,
            output=output,
            elf_sha256=image.sha256,
            build_id=image.build_id.hex(),
            toolchain=image.toolchain,
            flags=image.flags,
            published=published(job.model, job.board, job.core, job.clock_hz),
            valid=not progress.problems,
            warnings=warnings,
            stages=Stages(
                generate_s=seconds[Stage.GENERATE],
                build_s=seconds[Stage.BUILD],
                flash_s=seconds[Stage.FLASH],
                measure_s=seconds[Stage.MEASURE],
                load_s=seconds[Stage.LOAD],
            ),
            started=progress.started,
            link=linked.link,
            problems=tuple(map(ErrorRecord.of, progress.problems)),
            inputs=prepared.source,
            accuracy=accuracy(measured, prepared),
            data=data,
            profile=profiled(measured.layers, board, prepared, image),
            origin=origin(prepared.files, self._station.connection.probe_firmware),
            memory=with_stack(image.memory, measured.stack_bytes),
        )


def _bug(error: Exception) -> InternalError:
    details = "".join(traceback.format_exception(error))
    return InternalError.of(error, remedy="Please report it with these details.", details=details)
