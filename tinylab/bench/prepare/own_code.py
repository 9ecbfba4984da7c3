"""tinylab's own code for a network: which code fits the board, and what it must compute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

import tinylab
from tinylab.bench.plan.plan import Options
from tinylab.bench.prepare import fit, given_samples
from tinylab.bench.prepare.loaded_model import Loaded, type_of
from tinylab.bench.prepare.placing import Need, Wish
from tinylab.bench.prepare.prepared_network import (
    OUTPUT_TOLERANCE,
    ExpectedOutputs,
    NetworkFacts,
    PreparedNetwork,
    blocks,
    flat,
    sides,
)
from tinylab.boards import placement
from tinylab.boards.board import Board
from tinylab.boards.placement import Placement
from tinylab.codegen import generate as codegen
from tinylab.codegen.layer_calls import layer_calls
from tinylab.codegen.target import ANY, Goal, Target
from tinylab.codegen.tensor import offsets
from tinylab.errors import ModelFileError
from tinylab.zoo import catalog
from tinylab.zoo.derived import Derived
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network
from tinylab.zoo.tensor_type import FloatArray

AUTO = "auto"
"""The least compression with which the network fits."""


def tolerance_of(network: Network) -> float:
    """Relative to the largest output; 0 where all arithmetic is of integers."""
    return 0.0 if network.is_quantised and not network.computes_floats else OUTPUT_TOLERANCE


def need(network: Network, compression: str, target: Target = ANY) -> Need:
    """What `network` requires of a board with that compression; of any board by default."""
    size = codegen.footprint(network, compression, target)
    return _need(network, size)


def _need(network: Network, size: codegen.Footprint) -> Need:
    given, made = sides(network)
    return Need(
        weights=size.weights_bytes,
        activations=size.activations_bytes,
        scratch=size.scratch_bytes,
        input=offsets(given)[-2] + given[-1].size,
        output=offsets(made)[-2] + made[-1].size,
    )


def target_for(board: Board, goal: str | None, wanted: Placement) -> Target:
    """What code for `board` is generated for; the default goal is `balanced`."""
    return Target(board.core, Goal(goal or Goal.BALANCED), wanted.scratch is not None)


@dataclass(frozen=True)
class Chosen:
    """What code is generated; `note` says so if it is not what was asked for."""

    compression: codegen.Choice
    target: Target
    note: str = ""


def choose(loaded: Loaded, board: Board, options: Options) -> Chosen:
    """The code for `board`. Where no goal was asked for and balanced code does not fit, that with
    the least RAM."""
    target = target_for(board, options.optimize, placement.parse(options.place))
    choice = _choose(loaded, board, options, target)
    if choice.fits or options.optimize is not None:
        return Chosen(choice, target)
    least = replace(target, goal=Goal.RAM)
    smaller = _choose(loaded, board, options, least)
    if not smaller.fits:
        return Chosen(choice, target)
    return Chosen(smaller, least, "optimised for RAM, as faster code does not fit")


def _choose(loaded: Loaded, board: Board, options: Options, target: Target) -> codegen.Choice:
    network, wished = loaded.network, wish(options, target)
    return codegen.choose_compression(
        network,
        options.compression or loaded.default_compression,
        lambda size: fit.fits(board, _need(network, size), wished),
        target,
    )


def wish(options: Options, target: Target) -> Wish:
    """What the planner of memories is asked for."""
    return Wish(placement.parse(options.place), target.goal)


def prepare(
    loaded: Loaded,
    board: Board,
    options: Options,
    asked: Callable[[], given_samples.Given],
    cancelled: Callable[[], bool],
) -> PreparedNetwork:
    """Code for `board`, and what it must answer to the inputs that `asked` makes.

    Raises DoesNotFit, GenerationError, InputError, or Interrupted when cancelled.
    """
    network = loaded.network
    chosen = choose(loaded, board, options)
    choice, target = chosen.compression, chosen.target
    size = choice.footprint
    placed = fit.require(
        board,
        loaded.title,
        _need(network, size),
        lambda how: need(network, how, target),
        lambda: need(network, choice.compression, replace(target, goal=Goal.RAM)),
        wish(options, target),
    )
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
            optimize=target.goal.value,
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
        layout=placed.layout,
        need=_need(network, size),
        wish=wish(options, target),
        layers=layer_calls(network, generated.network, generated.program),
        notes=(
            *network.notes,
            *_states(network, given),
            *([choice.reason] if options.compression == AUTO else []),
            *filter(None, (chosen.note, placed.note)),
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


_SCORES: Derived[float] = Derived()
"""Of compressed networks, by the answers that are known."""


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
    metric = loaded.metric
    before = catalog.score(metric, golden.outputs, golden.targets)

    def score() -> float:
        [outputs] = reference.run(generated.network, [golden.inputs])
        return catalog.score(metric, outputs, golden.targets)

    after = _SCORES.get(generated.network, golden, score)
    samples = f"{len(golden.inputs)} held-out samples"
    return (f"{did}; {metric} on {samples} {before:.3f} -> {after:.3f}",)
