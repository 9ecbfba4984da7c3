"""What every runtime provides before a network can be built and measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from tinylab.bench.prepare.placing import DEFAULT, Need, Wish
from tinylab.boards.placement import Layout
from tinylab.codegen import generate as codegen
from tinylab.codegen.layer_calls import LayerCalls
from tinylab.codegen.target import ANY, Target
from tinylab.codegen.tensor import Tensor, joined, split
from tinylab.results.identity import RunIdentity
from tinylab.results.record_parts import Accuracy, OutputCheck
from tinylab.zoo.network import Network
from tinylab.zoo.samples.matching import Samples
from tinylab.zoo.tensor_type import FloatArray

OUTPUT_TOLERANCE = 1e-4
"""Relative to the largest reference output; floats of tinylab's code and of ST's library."""


@dataclass(frozen=True)
class NetworkFacts:
    """What generating the code adds to a run's identity; the names are `RunIdentity`'s."""

    runtime_version: str
    parameters: int | None
    macc: int | None
    compression: str
    model_sha256: str
    number_type: str | None
    optimize: str | None = None

    def identify(self, identity: RunIdentity) -> RunIdentity:
        return replace(identity, **asdict(self))


@dataclass(frozen=True, eq=False)
class ExpectedOutputs:
    """The host's outputs, shape (m, output elements), and the tolerance for the board's.

    `relative` is relative to the largest output, `absolute` comes on top.
    """

    outputs: FloatArray
    relative: float
    absolute: float = 0.0

    def tolerance(self, count: int) -> float:
        """For the first `count` inputs."""
        return self.relative * float(np.abs(self.outputs[:count]).max()) + self.absolute


@dataclass(frozen=True, eq=False)
class PreparedNetwork:
    """Generated code with its settings for the build, and what its outputs must be."""

    facts: NetworkFacts
    weights_bytes: int
    activations_bytes: int
    files: Mapping[str, bytes]
    settings: Mapping[str, str]
    inputs: tuple[bytes, ...]
    """What the host writes for each inference; the first is the one that is timed."""
    outputs: tuple[Tensor, ...]
    check: ExpectedOutputs | None
    """None where the outputs cannot be checked; `notes` say why."""
    notes: tuple[str, ...]
    """What was chosen, and what it cost."""
    source: str = ""
    """What `inputs` are: held-out samples, random values, or the name of a file."""
    samples: Samples | None = None
    """A person's own, all of which are run on the board."""
    accuracy: Accuracy | None = None
    """On the host; the board's is not known before the run."""
    states: bool = False
    """Whether the network keeps states between inferences that can be reset."""
    target: Target = ANY
    """What tinylab's own code was generated for."""
    layout: Layout | None = None
    """Where the parts of the program go; None: where they go by default."""
    need: Need | None = None
    """What was planned for `layout`, as `wish` says."""
    wish: Wish = DEFAULT
    layers: LayerCalls | None = None
    """The functions that execute its layers; None if they are not known."""

    @property
    def adapter(self) -> str:
        """The interface by which the firmware calls the network."""
        return self.settings["custom_adapter"]

    @property
    def output_bytes(self) -> int:
        """How much the host reads after an inference."""
        return len(joined(self.outputs, [b"\0" * tensor.size for tensor in self.outputs]))

    def compare(self, blocks: Sequence[bytes]) -> OutputCheck | None:
        """The board's outputs for the first inputs against the host's; None without these."""
        if self.check is None:
            return None
        got = self.decode(blocks)
        found = float(np.abs(got - self.check.outputs[: len(got)]).max())
        error = found if math.isfinite(found) else float(np.finfo(np.float32).max)
        tolerance = self.check.tolerance(len(got))
        return OutputCheck(error, tolerance, bool(error <= tolerance))

    def decode(self, blocks: Sequence[bytes]) -> FloatArray:
        """Outputs as numbers, shape (m, output elements)."""
        return np.stack([self._decode(block) for block in blocks])

    def _decode(self, block: bytes) -> FloatArray:
        parts = split(self.outputs, block)
        values = [tensor.decode(part) for tensor, part in zip(self.outputs, parts, strict=True)]
        return np.concatenate(values)


def blocks(tensors: Sequence[Tensor], values: Sequence[FloatArray]) -> Iterator[bytes]:
    """What the host writes for each inference, for the real values (m, *shape) of each input."""
    for sample in zip(*values, strict=True):
        parts = [
            tensor.encode(one.reshape(-1)) for tensor, one in zip(tensors, sample, strict=True)
        ]
        yield joined(tensors, parts)


def sides(network: Network) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Inputs and outputs of tinylab's own code for `network`."""
    seam = codegen.seam(network, network.name)
    return seam.inputs, seam.outputs


def flat(tensors: Sequence[FloatArray]) -> FloatArray:
    """(m, elements of all tensors) from (m, *shape) each."""
    return np.concatenate([one.reshape(len(one), -1) for one in tensors], axis=1)
