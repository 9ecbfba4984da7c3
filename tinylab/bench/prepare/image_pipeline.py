"""From a model's name to an image for a board: load, choose, generate, build."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

import tinylab
from tinylab.bench.plan.plan import Job, Options
from tinylab.bench.plan.workloads import Workload
from tinylab.bench.prepare import fit, given_samples, st_code, st_model
from tinylab.bench.prepare.prepared_network import (
    OUTPUT_TOLERANCE,
    ExpectedOutputs,
    NetworkFacts,
    PreparedNetwork,
    blocks,
    flat,
    sides,
)
from tinylab.bench.prepare.st_outputs import Golden, TfliteFile
from tinylab.boards.board import Board
from tinylab.build.image import BuildProgress, Image
from tinylab.build.project import build
from tinylab.codegen import generate as codegen
from tinylab.codegen.compress import Compression
from tinylab.codegen.layer_calls import layer_calls
from tinylab.codegen.st_tool.generate import Progress
from tinylab.codegen.target import ANY, Goal, Target
from tinylab.codegen.tensor import number_type, offsets
from tinylab.errors import BuildError, ModelFileError, UnknownName
from tinylab.results.identity import CUBEAI, RunIdentity
from tinylab.stream import frames
from tinylab.zoo import catalog, cost, load
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network
from tinylab.zoo.processes import interpreter
from tinylab.zoo.tensor_type import FloatArray

AUTO = "auto"
"""The least compression with which the network fits."""


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network with its further properties."""

    name: str
    title: str
    network: Network
    parameters: int
    macc: int
    default_compression: str
    golden: catalog.Golden | None
    metric: str | None
    shipped: catalog.CatalogModel | None = None


class ImagePipeline:
    """Caches models, code and images in a session, so that each is made once."""

    def __init__(self, models: Sequence[str] = ()) -> None:
        self._unread = models
        """The models that the session will load; one process reads all of them."""
        self._loaded: dict[str, Loaded] = {}
        self._prepared: dict[tuple[str, str, str, str | None], PreparedNetwork] = {}
        self._refused: dict[tuple[str, str, str, str | None], BuildError] = {}
        self._images: dict[PreparedNetwork, Image] = {}
        self._lock = threading.Lock()
        self._turns: dict[tuple[str, str, str, str | None], threading.Lock] = {}

    def load(self, model: str, cancelled: Callable[[], bool]) -> Loaded:
        """The network called `model`, or in the file of that name.

        Raises InputError, or Interrupted when cancelled, also while another station loads.
        """
        with load.held(self._lock, cancelled):
            if self._unread:
                unread, self._unread = self._unread, ()
                # An error in a file is reported when its model is loaded.
                load.load_each(list(_files(unread)), cancelled)
            if model not in self._loaded:
                self._loaded[model] = _load(catalog.find(model), cancelled)
            return self._loaded[model]

    def load_for(self, workload: Workload, cancelled: Callable[[], bool]) -> Loaded | None:
        """The workload's network; None if ST's code has no model, or if tinylab cannot read it and
        ST's tool or the LiteRT interpreter may.

        Raises InputError or Interrupted.
        """
        if not workload.loads:
            return None
        try:
            return self.load(workload.model, cancelled)
        except ModelFileError:
            if workload.runtime == CUBEAI and (
                workload.generated is None or _tflite(workload, cancelled) is not None
            ):
                return None
            raise

    def prepare(
        self,
        workload: Workload,
        loaded: Loaded | None,
        board: Board,
        options: Options,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
    ) -> PreparedNetwork:
        """Code for `board`. Raises DoesNotFit, GenerationError, NoTool, CubeAiError, InputError,
        or Interrupted when cancelled.
        """
        key = (workload.name, workload.runtime, board.name, options.compression)
        with self._turns.setdefault(key, threading.Lock()):  # two boards may be of one kind
            if key in self._refused:
                raise self._refused[key]
            if key not in self._prepared:
                try:
                    made = _prepare(workload, loaded, board, options, progress, cancelled)
                except BuildError as error:
                    # ST's tool can take minutes: the result is used for the next clock.
                    self._refused[key] = error
                    raise
                self._prepared[key] = made
            return self._prepared[key]

    def build(
        self,
        prepared: PreparedNetwork,
        board: Board,
        progress: Callable[[BuildProgress], None],
        cancelled: Callable[[], bool],
    ) -> Image:
        """The image for the `board` it was prepared for. Raises BuildError or Interrupted."""
        if prepared not in self._images:
            files = dict(prepared.files)
            files["tinylab_mailbox.h"] = frames.c_header().encode()
            self._images[prepared] = build(
                board,
                files,
                settings=prepared.settings,
                progress=progress,
                cancelled=cancelled,
            )
        return self._images[prepared]


def _files(names: Sequence[str]) -> Iterator[Path]:
    """The files of those models that exist."""
    for name in names:
        with suppress(UnknownName):
            yield _file(catalog.find(name))


def _file(found: catalog.CatalogModel | Path) -> Path:
    return found if isinstance(found, Path) else found.file


def _load(found: catalog.CatalogModel | Path, cancelled: Callable[[], bool]) -> Loaded:
    network = load.load(_file(found), cancelled)
    shipped = None if isinstance(found, Path) else found
    return Loaded(
        name=shipped.name if shipped else str(found),
        title=shipped.title if shipped else network.name,
        network=network,
        parameters=cost.parameters(network),
        macc=cost.macc(network),
        default_compression=shipped.default_compression if shipped else "none",
        golden=catalog.golden(shipped) if shipped else None,
        metric=shipped.metric if shipped else None,
        shipped=shipped,
    )


def identify(job: Job, loaded: Loaded, compression: str | None) -> RunIdentity:
    """The job's identity, completed from its model's file.

    `compression` is the requested one, None: as the model specifies. Code that ST has generated is
    not changed, and `auto` is not resolved yet.
    """
    wanted = compression or loaded.default_compression
    decided = wanted != AUTO and job.workload.generated is None
    return replace(
        job.identity,
        parameters=loaded.parameters,
        macc=loaded.macc,
        compression=wanted if decided else None,
        model_sha256=loaded.network.sha256,
        number_type=type_of(loaded.network),
    )


def tolerance_of(network: Network) -> float:
    """Relative to the largest output; 0 where all arithmetic is of integers."""
    return 0.0 if network.is_quantised and not network.computes_floats else OUTPUT_TOLERANCE


def type_of(network: Network) -> str | None:
    """The type of numbers that the network takes and gives; None where they differ."""
    return number_type(*sides(network))


def need(network: Network, compression: str, target: Target = ANY) -> fit.Need:
    """What `network` requires of a board with that compression; of any board by default."""
    size = codegen.footprint(network, compression, target)
    return _need(network, size.weights_bytes, size.activations_bytes)


def _need(network: Network, weights: int, activations: int) -> fit.Need:
    given, made = sides(network)
    return fit.Need(
        weights=weights,
        activations=activations,
        input=offsets(given)[-2] + given[-1].size,
        output=offsets(made)[-2] + made[-1].size,
    )


def _target(board: Board, options: Options) -> Target:
    return Target(board.core, Goal(options.optimize or Goal.BALANCED))


def _choose(loaded: Loaded, board: Board, wanted: str, target: Target) -> codegen.Choice:
    network = loaded.network
    return codegen.choose_compression(
        network,
        wanted,
        lambda weights, activations: fit.fits(board, _need(network, weights, activations)),
        target,
    )


def _prepare(
    workload: Workload,
    loaded: Loaded | None,
    board: Board,
    options: Options,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> PreparedNetwork:
    """Selects the code: tinylab's own, ST's in a folder, or ST's through ST's tool."""
    wanted = options.compression or (loaded.default_compression if loaded else "none")
    target = _target(board, options)
    if workload.runtime != CUBEAI and workload.generated is None:
        assert loaded is not None
        asked = _asked(loaded, options)
        prepared = _prepare_own(loaded, board, target, wanted, asked, cancelled)
        return given_samples.completed(prepared, loaded, asked(), workload.runtime, cancelled)
    # On random inputs, LiteRT itself is the reference of quantised files.
    random = options.data is None and (loaded is None or loaded.golden is None)
    plain = loaded is None or not loaded.network.keeps_states
    interpreted = loaded is None or (plain and random and loaded.network.is_quantised)
    file = _tflite(workload, cancelled) if interpreted else None
    own = loaded if file is None else None
    model: Golden | TfliteFile | None = file
    if own is not None:
        asked = _asked(own, options)
        model = Golden(own.network, lambda: asked().inputs, cancelled)
    elif options.data is not None:
        raise given_samples.unread(workload.title)
    if workload.generated is not None:
        prepared = st_code.prepare(workload.generated, workload.title, model, board)
    else:
        # `auto` is resolved by the requirements of tinylab's own code.
        level = _choose(loaded, board, wanted, target).compression if loaded else Compression.NONE
        prepared = st_model.prepare(workload, model, level, board, options, progress, cancelled)
    given = asked() if own is not None else None
    return given_samples.completed(prepared, own, given, workload.runtime, cancelled)


def _asked(loaded: Loaded, options: Options) -> Callable[[], given_samples.Given]:
    """Makes the inputs once, and only when it is called: of a network that is known to fit."""
    return cache(lambda: given_samples.given(loaded, options.data, reset=options.reset_state))


def _tflite(workload: Workload, cancelled: Callable[[], bool]) -> TfliteFile | None:
    """The workload's model, if it is a .tflite file."""
    if not workload.loads:
        return None
    file = _file(catalog.find(workload.model))
    sha256 = interpreter.sha256_of(file)
    return TfliteFile(file, cancelled, sha256) if sha256 else None


def _prepare_own(
    loaded: Loaded,
    board: Board,
    target: Target,
    wanted: str,
    asked: Callable[[], given_samples.Given],
    cancelled: Callable[[], bool],
) -> PreparedNetwork:
    network = loaded.network
    choice = _choose(loaded, board, wanted, target)
    chosen = _need(network, choice.footprint.weights_bytes, choice.footprint.activations_bytes)
    fit.require(board, loaded.title, chosen, lambda how: need(network, how, target))
    generated = codegen.generate(network, choice.compression, target=target, macc=loaded.macc)
    given = asked()
    outputs = given_samples.host_outputs(
        generated.network, given.inputs, cancelled, reset=given.reset
    )
    takes, gives = sides(generated.network)
    _check_finite(loaded, outputs, given.source)
    return PreparedNetwork(
        facts=NetworkFacts(
            runtime_version=tinylab.__version__,
            parameters=loaded.parameters,
            macc=loaded.macc,
            compression=generated.compression.value,
            model_sha256=network.sha256,
            number_type=type_of(network),
        ),
        weights_bytes=generated.weights_bytes,
        activations_bytes=generated.activations_bytes,
        files=generated.files,
        settings={"custom_adapter": "ai_5", "custom_runtime": "tinylab"},
        inputs=tuple(blocks(takes, given.inputs)),
        outputs=gives,
        check=ExpectedOutputs(outputs, tolerance_of(network)),
        states=network.keeps_states,
        target=target,
        layers=layer_calls(network, generated.program),
        notes=(
            *network.notes,
            *_states(network, given),
            *([choice.reason] if wanted == AUTO else []),
            *_cost(loaded, generated),
        ),
    )


def _states(network: Network, given: given_samples.Given) -> tuple[str, ...]:
    """What the network keeps between inferences, in a sentence; empty if nothing."""
    if not network.keeps_states:
        return ()
    size = sum(one.initial.nbytes for one in network.states)
    how = "were each run after a reset" if given.reset else "were run as a sequence after a reset"
    return (
        f"{size:,} B of states are kept between inferences; they changed with every timed "
        f"inference, the compared samples {how}",
    )


def _check_finite(loaded: Loaded, outputs: FloatArray, source: str) -> None:
    if not np.isfinite(outputs).all():
        raise ModelFileError(
            f"{loaded.title}: the outputs for {source} are not finite numbers.",
            remedy="The weights are too large, or the file is damaged; save the model again.",
        )


def _cost(loaded: Loaded, generated: codegen.Generated) -> tuple[str, ...]:
    """What compression did, and the loss of accuracy; empty without compression."""
    if not generated.compressed:
        return ()
    layers = ", ".join(
        f"{layer.name} {layer.float_bytes:,} -> {layer.bytes:,} B" for layer in generated.compressed
    )
    did = f"{generated.compression} compressed {layers}"
    golden = loaded.golden
    if golden is None or loaded.metric is None:
        given = given_samples.given(loaded, None).inputs
        before_, after_ = (
            flat(reference.run(network, given)) for network in (loaded.network, generated.network)
        )
        change = np.abs(after_ - before_).max()
        return (f"{did}; outputs change by at most {change:.2g} on random inputs",)
    before = catalog.score(loaded.metric, golden.outputs, golden.targets)
    [outputs] = reference.run(generated.network, [golden.inputs])
    after = catalog.score(loaded.metric, outputs, golden.targets)
    samples = f"{len(golden.inputs)} held-out samples"
    return (f"{did}; {loaded.metric} on {samples} {before:.3f} -> {after:.3f}",)
