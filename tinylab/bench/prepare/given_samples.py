"""What a network is given, and how well it answers: own, held-out or random samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tinylab.bench.plan.plan import Plan
from tinylab.bench.prepare.prepared_network import PreparedNetwork, flat
from tinylab.errors import (
    InputError,
    Interrupted,
    ModelFileError,
    TinylabError,
    UnknownName,
)
from tinylab.results.identity import TINYLAB
from tinylab.results.record_parts import Accuracy
from tinylab.zoo import catalog, load
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.memory import Memory
from tinylab.zoo.network import Network
from tinylab.zoo.samples import matching as samples
from tinylab.zoo.samples.files import SampleFile
from tinylab.zoo.tensor_type import FloatArray

if TYPE_CHECKING:
    from tinylab.bench.prepare.loaded_model import Loaded

HELD_OUT, RANDOM = "held-out samples", "random values"
CHECKED_INPUTS = 4
"""Held-out or random inputs that may be run on the board; the first of them is timed."""
AT_ONCE = 32
"""Samples that the reference executes together: all activations of them are in memory."""
RANDOM_SEED = 1
SATURATING = 0.01
"""The share of values out of range from which on a note tells of them."""


@dataclass(frozen=True, eq=False)
class Given:
    """Real values (m, *shape) for each input. `samples` are a person's own."""

    inputs: tuple[FloatArray, ...]
    source: str
    samples: samples.Samples | None = None
    reset: bool = False
    """Whether the states of a network are reset before each."""


def given(loaded: Loaded, data: SampleFile | None, *, reset: bool = False) -> Given:
    """All samples of `data`, or some held-out ones, or random ones. Raises InputError."""
    if data is not None:
        own = samples.match(data, loaded.network, loaded.title)
        return Given(own.inputs, own.file, own, reset)
    if loaded.golden is not None:
        return Given((loaded.golden.inputs[:CHECKED_INPUTS],), HELD_OUT, reset=reset)
    random = np.random.default_rng(RANDOM_SEED)
    shapes = loaded.network.inputs
    return Given(
        tuple(one.type.random(random, (CHECKED_INPUTS, *one.shape)) for one in shapes),
        RANDOM,
        reset=reset,
    )


def check(plan: Plan) -> None:
    """Raises InputError if a model of the plan does not take the samples of `plan.options.data`.

    A model that cannot be read is left to the run that needs it.
    """
    data = plan.options.data
    if data is None:
        return
    workloads = list(dict.fromkeys(job.workload for job in plan.jobs))
    for one in workloads:
        if not one.loads:
            raise InputError(
                f"--data needs the model of {one.title}.", remedy="Give it with --model."
            )
    names = [one.model for one in workloads]
    found = refusals(data, names, load.never)
    refused = [error for error in found.values() if not isinstance(error, ModelFileError)]
    takers = [f"--model {name}" for name in dict.fromkeys(names) if name not in found]
    if refused and takers:
        raise replace(refused[0], remedy=f"These take the data: {' '.join(takers)}")
    if refused:
        raise refused[0]


def refusals(
    data: SampleFile, models: Sequence[str], cancelled: Callable[[], bool]
) -> dict[str, TinylabError]:
    """Why models do not take the samples, by name; those that do are not in it.

    Raises Interrupted when cancelled.
    """
    files: dict[str, Path] = {}
    found: dict[str, TinylabError] = {}
    for name in models:
        try:
            files[name] = _file(catalog.find(name))
        except UnknownName as error:
            found[name] = error
    for name, network in zip(files, load.load_each(list(files.values()), cancelled), strict=True):
        try:
            if not isinstance(network, Network):
                raise network
            samples.match(data, network, _title(name))
        except TinylabError as error:
            found[name] = error
    return found


def _file(found: catalog.CatalogModel | Path) -> Path:
    return found.file if isinstance(found, catalog.CatalogModel) else found


def _title(name: str) -> str:
    found = catalog.find(name)
    return found.title if isinstance(found, catalog.CatalogModel) else found.name


def unread(title: str) -> InputError:
    """Own samples for code whose model tinylab does not read."""
    return InputError(
        f"tinylab does not read the model of {title}, so it cannot give it the samples of --data.",
        remedy="Run it without --data, which measures with random values.",
    )


def completed(
    prepared: PreparedNetwork,
    loaded: Loaded | None,
    asked: Given | None,
    runtime: str,
    cancelled: Callable[[], bool],
) -> PreparedNetwork:
    """With what it is given, and the accuracy on the host. Raises Interrupted, InputError.

    `asked` is None where the inputs are random because tinylab has no model.
    """
    if loaded is None or asked is None or prepared.check is None:
        if asked is not None and asked.samples is not None:
            raise InputError(
                f"{asked.source}: the outputs of this code cannot be decoded.",
                remedy="Run without --data; the notes of that run say why.",
            )
        return replace(prepared, source=RANDOM)
    return replace(
        prepared,
        source=asked.source,
        samples=asked.samples,
        accuracy=_accuracy(loaded, prepared, asked, runtime, cancelled),
        notes=(*prepared.notes, *(_saturating(loaded.network, asked) if asked.samples else ())),
    )


def _saturating(network: Network, asked: Given) -> Iterator[str]:
    """Tells of values that a quantised input cannot have: they may be quantised already."""
    for one, values in zip(network.inputs, asked.inputs, strict=True):
        if one.type.is_float or one.type.scale is None:
            continue
        ends = np.array(one.type.number.range)
        low, high = (float(end) for end in one.type.decode(ends))
        outside = float(np.mean((values < low - one.type.step) | (values > high + one.type.step)))
        if outside >= SATURATING:
            yield (
                f"{outside:.0%} of the values in {asked.source} are outside of {low:.3g} to "
                f"{high:.3g}, the range of the quantised input, and saturate; give real values, as "
                "the float network takes them"
            )


def host_outputs(
    network: Network,
    inputs: Sequence[FloatArray],
    cancelled: Callable[[], bool] = load.never,
    *,
    reset: bool = False,
) -> FloatArray:
    """The reference's outputs, (m, elements). Raises Interrupted when cancelled.

    The samples of a network with states are a sequence; with `reset`, each begins anew.
    """
    parts, memory = [], Memory(network)
    step = 1 if reset and network.states else AT_ONCE
    for first in range(0, len(inputs[0]), step):
        if cancelled():
            raise Interrupted("Stopped while the host computed its outputs.")
        if reset:
            memory.reset()
        some = [one[first : first + step] for one in inputs]
        parts.append(flat(reference.run(network, some, memory)))
    return np.concatenate(parts)


def _accuracy(
    loaded: Loaded,
    prepared: PreparedNetwork,
    asked: Given,
    runtime: str,
    cancelled: Callable[[], bool],
) -> Accuracy | None:
    if asked.samples is None:
        return _held_out(loaded, prepared, runtime)
    targets = asked.samples.targets
    if targets is None or prepared.check is None:
        return None
    ours = samples.score(targets, prepared.check.outputs)
    plain = _float_network(loaded, cancelled)
    before = None
    if plain is not None:
        outputs = host_outputs(plain, asked.inputs, cancelled, reset=asked.reset)
        before = samples.score(targets, outputs).value
    return Accuracy(
        metric=ours.metric,
        data=asked.source,
        samples=len(asked.samples),
        host=ours.value,
        float_reference=before,
        mean_error=ours.mean_error,
    )


def _held_out(loaded: Loaded, prepared: PreparedNetwork, runtime: str) -> Accuracy | None:
    """The card's, which is of all held-out samples."""
    shipped, how = loaded.shipped, prepared.facts.compression
    if shipped is None or (runtime != TINYLAB and how != "none"):
        return None
    score = shipped.card_score(how)
    if score is None:
        return None
    return Accuracy(
        shipped.metric, "held-out", shipped.held_out_samples, score, shipped.float_score
    )


def _float_network(loaded: Loaded, cancelled: Callable[[], bool]) -> Network | None:
    """Without compression; of a quantised network the catalogue's float one, if it is from it."""
    if not loaded.network.is_quantised:
        return loaded.network
    if loaded.shipped is None:
        return None
    return load.load(catalog.model(catalog.base_name(loaded.shipped.name)).file, cancelled)
