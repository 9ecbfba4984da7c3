"""The inputs of ST's code, and what its outputs must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tinylab.bench.prepare.given_samples import host_outputs
from tinylab.bench.prepare.prepared_network import (
    OUTPUT_TOLERANCE,
    ExpectedOutputs,
    blocks,
    sides,
)
from tinylab.codegen.cubeai import CubeNetwork
from tinylab.codegen.tensor import Tensor, joined
from tinylab.errors import InputError
from tinylab.zoo.load import never
from tinylab.zoo.network import Network, elements
from tinylab.zoo.processes import interpreter
from tinylab.zoo.processes.interpreter import Interpreted
from tinylab.zoo.tensor_type import FloatArray

COMPRESSED_TOLERANCE = 0.1
"""Relative to the largest reference output, where ST's tool has compressed the weights and the
reference has not."""
QUANTISED_STEPS = 8
"""Of 256: how far a quantised network's outputs may be off the float model's."""
INTERPRETED_STEPS = 16
"""Of 256: how far they may be off those of LiteRT or tinylab for the same quantised file. Kernels
round in different ways: LiteRT's own sets of kernels were 9 steps apart after a softmax, which
makes up to six steps of one."""
STEPS = 255
UNCOMPRESSED = ("none", "lossless")
RANDOM_INPUTS, CHECKED_INPUTS, RANDOM_SEED = 1, 4, 1
NO_MODEL = "outputs not checked: no model was given"
NO_SCALE = "outputs not checked: the generated code does not define their quantisation"
NO_RESET = "outputs not checked: the network keeps states, which ST's code does not reset"
NO_INTERPRETER = "outputs not checked: the LiteRT interpreter does not exist for this computer"


@dataclass(frozen=True, eq=False)
class Golden:
    """A model that tinylab reads, and what makes the real values of its inputs, (m, *shape) each.

    They are made only for a network that is known to fit.
    """

    network: Network
    make_inputs: Callable[[], Sequence[FloatArray]]
    cancelled: Callable[[], bool] = never

    @property
    def sha256(self) -> str:
        return self.network.sha256


@dataclass(frozen=True)
class TfliteFile:
    """A .tflite file that tinylab does not read, but the LiteRT interpreter runs."""

    path: Path
    cancelled: Callable[[], bool]
    sha256: str = ""


Model = Golden | TfliteFile


@dataclass(frozen=True, eq=False)
class Checks:
    """What the host writes, what the board must answer, and remarks on both.

    `check` is None where the outputs are not checked; `sha256` is the model's, if there is one.
    """

    inputs: tuple[bytes, ...]
    check: ExpectedOutputs | None = None
    notes: tuple[str, ...] = ()
    sha256: str | None = None


def described(network: CubeNetwork, model: Model | None) -> CubeNetwork:
    """With the model's scales and zero points where the generated code does not define them."""
    if not isinstance(model, Golden):
        return network
    surface, given, made = network.surface, *sides(model.network)
    found = replace(
        surface,
        inputs=tuple(_scaled(surface.inputs, given)),
        outputs=tuple(_scaled(surface.outputs, made)),
    )
    return replace(network, surface=found)


def _scaled(tensors: Sequence[Tensor], known: Sequence[Tensor]) -> Iterator[Tensor]:
    for index, tensor in enumerate(tensors):
        same = index < len(known) and known[index].kind == tensor.kind
        yield known[index] if same and not tensor.is_float and tensor.scale is None else tensor


def checks(network: CubeNetwork, model: Model | None) -> Checks:
    """Raises InputError if the model's inputs or outputs are not the network's, ModelFileError for
    a file that the interpreter cannot run, Interrupted when cancelled.
    """
    if isinstance(model, Golden):
        return _golden(network, model)
    if model is not None:
        return _interpreted(network, model)
    return Checks(random(network.surface.inputs, RANDOM_INPUTS), notes=(NO_MODEL,))


def random(inputs: Sequence[Tensor], count: int) -> tuple[bytes, ...]:
    """`count` blocks of random values for all inputs."""
    generator = np.random.default_rng(RANDOM_SEED)
    return tuple(
        joined(inputs, [tensor.random(generator) for tensor in inputs]) for _ in range(count)
    )


def _golden(network: CubeNetwork, golden: Golden) -> Checks:
    surface, model = network.surface, golden.network
    _check_shapes(
        network,
        [elements(shape) for shape in model.input_shapes],
        [elements(shape) for shape in model.output_shapes],
    )
    if model.keeps_states:
        inputs = random(surface.inputs, RANDOM_INPUTS)
        return Checks(inputs, None, (NO_RESET,), golden.network.sha256)
    values = golden.make_inputs()
    wanted = host_outputs(model, values, golden.cancelled)
    if _lacks_scale(network):
        return Checks(
            random(surface.inputs, RANDOM_INPUTS), None, (NO_SCALE,), golden.network.sha256
        )
    steps = INTERPRETED_STEPS if model.is_quantised else QUANTISED_STEPS
    absolute = steps * max(tensor.scale or 0.0 for tensor in surface.outputs)
    if model.is_quantised and not absolute:
        absolute = steps * float(np.ptp(wanted)) / STEPS
    expected = ExpectedOutputs(wanted, relative_tolerance(network), absolute)
    inputs = tuple(blocks(surface.inputs, values))
    return Checks(inputs, expected, (), golden.network.sha256)


def _interpreted(network: CubeNetwork, file: TfliteFile) -> Checks:
    if not interpreter.is_available():
        return Checks(random(network.surface.inputs, RANDOM_INPUTS), notes=(NO_INTERPRETER,))
    inputs = network.surface.inputs
    generator = np.random.default_rng(RANDOM_SEED)
    parts = [[one.random(generator) for one in inputs] for _ in range(CHECKED_INPUTS)]
    values = [
        np.stack([tensor.decode(row[index]) for row in parts])
        for index, tensor in enumerate(inputs)
    ]
    made = interpreter.run(file.path, values, file.cancelled, file.sha256)
    _check_shapes(
        network, [one.elements for one in made.inputs], [one.elements for one in made.outputs]
    )
    blocks = tuple(joined(inputs, row) for row in parts)
    if _lacks_scale(network):
        return Checks(blocks[:RANDOM_INPUTS], None, (NO_SCALE,), made.sha256)
    absolute = INTERPRETED_STEPS * _step(network, made) if made.quantised else 0.0
    expected = ExpectedOutputs(
        np.concatenate(made.values, axis=1), relative_tolerance(network), absolute
    )
    return Checks(blocks, expected, (_compared(made, expected),), made.sha256)


def _step(network: CubeNetwork, made: Interpreted) -> float:
    """The largest quantisation step of an output; of a float one a 255th of its values' range."""
    sides = zip(network.surface.outputs, made.outputs, made.values, strict=True)
    return max(
        tensor.scale or port.scale or float(np.ptp(values)) / STEPS
        for tensor, port, values in sides
    )


def _compared(made: Interpreted, expected: ExpectedOutputs) -> str:
    steps = f", with {INTERPRETED_STEPS} quantisation steps" if made.quantised else ""
    return (
        f"outputs are compared with the LiteRT interpreter {made.version} on {CHECKED_INPUTS} "
        f"random inputs; tolerance {expected.tolerance(CHECKED_INPUTS):.3g}{steps}"
    )


def _lacks_scale(network: CubeNetwork) -> bool:
    tensors = (*network.surface.inputs, *network.surface.outputs)
    return any(not tensor.is_float and tensor.scale is None for tensor in tensors)


def relative_tolerance(network: CubeNetwork) -> float:
    """Of floats: relative to the largest reference output."""
    compressed = network.compression is not None and network.compression not in UNCOMPRESSED
    return COMPRESSED_TOLERANCE if compressed else OUTPUT_TOLERANCE


def _check_shapes(network: CubeNetwork, inputs: list[int], outputs: list[int]) -> None:
    sides = (
        ("takes", [tensor.elements for tensor in network.surface.inputs], inputs),
        ("gives", [tensor.elements for tensor in network.surface.outputs], outputs),
    )
    for verb, has, wanted in sides:
        if has != wanted:
            raise InputError(
                f"The network {network.name} in {network.folder} {verb} {_listed(has)} values, the "
                f"model {_listed(wanted)}: they do not match.",
                remedy="Name the model that it was generated from, or remove --model.",
            )


def _listed(counts: list[int]) -> str:
    return " and ".join(f"{count:,}" for count in counts)
