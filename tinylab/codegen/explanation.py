"""Explains which kernels execute a network, how fast they are, and why others do not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tinylab.codegen.compress import Compression, blank_codebooks
from tinylab.codegen.generate import simplified
from tinylab.codegen.layer_calls import layer_calls
from tinylab.codegen.layers.fast.fast_kernel import Refusal
from tinylab.codegen.layers.fast.speeds import Speed, speed_of
from tinylab.codegen.lower import lower
from tinylab.codegen.support_check import compression_named
from tinylab.codegen.target import Target
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Conv, Dense


@dataclass(frozen=True)
class ExplainedStep:
    """One call of a kernel."""

    layers: tuple[str, ...]
    """The network's layers that it executes."""
    kernel: str
    """The name of the C function."""
    macc: int
    scratch_bytes: int
    speed: Speed | None
    """On the target's core; None where it was not measured."""
    refused: tuple[Refusal, ...]
    """Faster kernels for such a layer, and why they do not execute this one."""

    @property
    def cycles(self) -> float | None:
        """Expected; None if unknown."""
        return None if self.speed is None else self.speed.cycles_per_macc * self.macc


def explain(
    network: Network, compression: Compression | str, target: Target
) -> Sequence[ExplainedStep]:
    """The calls of one inference on `target`, in order. Raises GenerationError, UnknownName."""
    simple = simplified(network)
    program = lower(simple, blank_codebooks(simple, compression_named(compression)), target)
    calls = layer_calls(network, simple, program).calls
    return [
        ExplainedStep(
            layers=step.layers,
            kernel=call.function,
            macc=call.macc or 0,
            scratch_bytes=step.kernel.scratch(),
            speed=speed_of(call.function, target.core),
            refused=step.refused,
        )
        for step, call in zip(program.steps, calls, strict=True)
    ]


def left_out(network: Network) -> Mapping[str, int]:
    """How many channels of each layer with weights are not computed; without those of none.

    Raises GenerationError.
    """
    kept = {one.name: one.shape[-1] for one in simplified(network).layers if one.shape}
    return {
        one.name: one.shape[-1] - kept[one.name]
        for one in network.layers
        if isinstance(one.operation, Conv | Dense) and one.shape[-1] > kept.get(one.name, math.inf)
    }
