"""From a job to an image that speaks MLPerf Tiny's protocol, and what it must answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tinylab.bench.plan.plan import Job, Options, Plan
from tinylab.bench.prepare.given_samples import host_outputs
from tinylab.bench.prepare.image_pipeline import ImagePipeline
from tinylab.bench.prepare.loaded_model import Loaded
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.boards import catalog, serial
from tinylab.boards.clock_family import ClockSettings
from tinylab.boards.clocks import solve
from tinylab.build.image import BuildProgress, Image
from tinylab.codegen import mlperf
from tinylab.codegen.mlperf import Interface
from tinylab.errors import InputError
from tinylab.zoo import catalog as models
from tinylab.zoo import load
from tinylab.zoo.network import Network
from tinylab.zoo.samples import matching
from tinylab.zoo.tensor_type import FloatArray

SETTINGS: Mapping[str, str] = {"build_src_filter": "+<*> -<main.c> -<records.c> -<bench_core.c>"}
"""Of the build: the protocol's firmware in place of the bench's."""
PRINTED = 1e-6
"""Absolute and relative rounding of a printed result."""


@dataclass(frozen=True, eq=False)
class ProtocolImage:
    """`payloads` has the bytes of each sample, `expected` the results (n, numbers) of each."""

    image: Image
    interface: Interface
    clock_hz: int
    source: str
    payloads: tuple[bytes, ...]
    expected: FloatArray
    tolerance: float
    samples: matching.Samples | None
    notes: tuple[str, ...] = ()

    def differs(self, index: int, results: FloatArray) -> bool:
        """Whether results (numbers,) are not those of a sample, as far as they are printed."""
        wanted = self.expected[index]
        if results.shape != wanted.shape:
            return True
        room = self.tolerance + PRINTED * (1.0 + float(np.abs(wanted).max()))
        return not bool((np.abs(results - wanted) <= room).all())


def check(plan: Plan, baud: int) -> None:
    """Raises InputError for what the protocol cannot do, before anything is built.

    A model that cannot be read is left to its run.
    """
    for job in plan.jobs:
        board = catalog.by_name(job.station.board)
        serial.rate(board, solve(board, job.clock_hz), baud)
    names = list(dict.fromkeys(job.workload for job in plan.jobs))
    found = [models.find(one.model) for one in names]
    files = [one.file if isinstance(one, models.CatalogModel) else one for one in found]
    for one, network in zip(names, load.load_each(files), strict=True):
        if isinstance(network, Network):
            interface = mlperf.interface_of(network, one.title)
            if plan.options.data is not None and interface.anomaly:
                _check_labels(plan, network, one.title)


def _check_labels(plan: Plan, network: Network, title: str) -> None:
    assert plan.options.data is not None
    targets = matching.match(plan.options.data, network, title).targets
    if targets is None:
        return
    if targets.labels is None or set(targets.labels.tolist()) != {0, 1}:
        raise InputError(
            f"{plan.options.data.name}: {title} detects anomalies, so y must be 0 for normal "
            "samples and 1 for the others, with some of each.",
            remedy="Write y so, or leave it out.",
        )


def build(
    pipeline: ImagePipeline,
    job: Job,
    options: Options,
    baud: int,
    progress: Callable[[BuildProgress], None],
    cancelled: Callable[[], bool],
) -> ProtocolImage:
    """The image for the job's board and clock.

    Raises DoesNotFit, BuildError, InputError, or Interrupted when cancelled.
    """
    board = catalog.by_name(job.station.board)
    clock = solve(board, job.clock_hz)
    rate = serial.rate(board, clock, baud)
    loaded = pipeline.load(job.workload.model, cancelled)
    interface = mlperf.interface_of(loaded.network, loaded.title)
    prepared = pipeline.prepare(job.workload, loaded, board, options, lambda step: None, cancelled)
    speaking = _speaking(prepared, interface, clock, rate.divider)
    image = pipeline.build(speaking, board, progress, cancelled)
    values = _values(prepared, interface)
    outputs = _outputs(loaded, prepared, interface, values, cancelled)
    assert prepared.check is not None
    return ProtocolImage(
        image=image,
        interface=interface,
        clock_hz=clock.hz,
        source=f"{prepared.source}, the first",
        payloads=tuple(interface.payload(one) for one in values),
        expected=interface.results(outputs, values),
        tolerance=prepared.check.tolerance(len(outputs)),
        samples=prepared.samples,
        notes=prepared.notes,
    )


def _speaking(
    prepared: PreparedNetwork, interface: Interface, clock: ClockSettings, divider: int
) -> PreparedNetwork:
    header = mlperf.c_header(interface, clock.hz, clock.words, divider)
    return replace(
        prepared,
        files={**prepared.files, mlperf.FILE: header},
        settings={**prepared.settings, **SETTINGS},
    )


def _values(prepared: PreparedNetwork, interface: Interface) -> FloatArray:
    """The real values (n, ...) of what the network is given."""
    if prepared.samples is not None:
        return prepared.samples.inputs[0]
    return np.stack([interface.input.decode(block) for block in prepared.inputs])


def _outputs(
    loaded: Loaded,
    prepared: PreparedNetwork,
    interface: Interface,
    values: FloatArray,
    cancelled: Callable[[], bool],
) -> FloatArray:
    """The host's (n, elements). An image that quantises real values rounds halves otherwise."""
    assert prepared.check is not None
    if interface.loads is not mlperf.Loads.FLOATS or prepared.samples is None:
        return prepared.check.outputs
    return host_outputs(loaded.network, [interface.taken(values)], cancelled)
