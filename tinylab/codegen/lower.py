"""Lowers layers to the kernel calls of one inference: resolves aliases, fuses adjacent layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers import does_nothing, kernel_for
from tinylab.codegen.layers.kernel import Kernel, Order
from tinylab.codegen.layers.pad import copy
from tinylab.zoo.network import INPUT, Layer, Network, Shape, elements

ORDERED_ELEMENTS = 4_000_000
"""16 MB, more than the RAM of any board."""


@dataclass(frozen=True, eq=False)
class Step:
    """One kernel call. Its output tensor is named by the last layer that it executes."""

    kernel: Kernel
    inputs: tuple[str, ...]
    output: str
    layers: tuple[str, ...]
    """The network's layers that this call executes."""
    shapes: tuple[Shape, Shape]
    """Of the (first) input and of the output."""

    def order(self) -> Order | None:
        """The kernel's order of reads and writes, if it is known.

        It takes memory for each element, so it is not asked for tensors that fit no board.
        """
        if max(map(elements, self.shapes)) > ORDERED_ELEMENTS:
            return None
        return self.kernel.order()


@dataclass(frozen=True, eq=False)
class Program:
    """The calls of one inference, in order. Tensor `INPUT` and `output` are the caller's."""

    steps: tuple[Step, ...]
    output: str

    @property
    def sizes(self) -> Mapping[str, int]:
        """Elements of each tensor that a step writes."""
        return {step.output: elements(step.shapes[1]) for step in self.steps}


def lower(network: Network, books: Mapping[str, Codebook]) -> Program:
    """The program that executes `network`; dense layers in `books` use their codebooks."""
    tensor_of = _tensors(network)
    readers = _readers(network, tensor_of)
    steps: dict[str, Step] = {}
    for layer in network.layers:
        if does_nothing(layer.operation):
            continue
        inputs = tuple(tensor_of[name] for name in layer.inputs)
        shapes = (network.shape_of(layer.inputs[0]), layer.shape)
        before = steps.get(inputs[0])
        fused = _fused(before, layer, shapes) if before and readers[inputs[0]] == 1 else None
        if fused:
            del steps[inputs[0]]
            steps[layer.name] = fused
        else:
            kernel = kernel_for(layer.operation, shapes, books.get(layer.name))
            steps[layer.name] = Step(kernel, inputs, layer.name, (layer.name,), shapes)
    output = tensor_of[network.layers[-1].name] if network.layers else INPUT
    if output == INPUT:
        return _copy(network)
    return Program(_in_callers_output(tuple(steps.values()), output), output)


def _tensors(network: Network) -> Mapping[str, str]:
    """For each layer, the name of its output tensor."""
    tensor_of = {INPUT: INPUT}
    for layer in network.layers:
        alias = does_nothing(layer.operation)
        tensor_of[layer.name] = tensor_of[layer.inputs[0]] if alias else layer.name
    return tensor_of


def _readers(network: Network, tensor_of: Mapping[str, str]) -> Counter[str]:
    """The number of readers of each tensor; the caller reads the output."""
    counts = Counter(
        tensor_of[name]
        for layer in network.layers
        if not does_nothing(layer.operation)
        for name in layer.inputs
    )
    counts.update(tensor_of[layer.name] for layer in network.layers[-1:])
    return counts


def _fused(before: Step, layer: Layer, shapes: tuple[Shape, Shape]) -> Step | None:
    """`before` and `layer` fused into one step; None if there is no kernel for it."""
    kernel = before.kernel.absorb(layer.operation, layer.shape)
    if kernel is None or before.shapes[1] != shapes[0]:
        return None
    return replace(
        before,
        kernel=kernel,
        output=layer.name,
        layers=(*before.layers, layer.name),
        shapes=(before.shapes[0], layer.shape),
    )


def _in_callers_output(steps: tuple[Step, ...], output: str) -> tuple[Step, ...]:
    """If the last step works in place, lets the step before it write to the caller's output."""
    if len(steps) < 2:
        return steps
    *others, before, last = steps
    if last.inputs != (before.output,) or not _works_in_place(last):
        return steps
    return (*others, replace(before, output=output), replace(last, inputs=(output,)))


def _works_in_place(step: Step) -> bool:
    order = step.order()
    return order is not None and order.lead >= 0 and order.reads.size == order.writes.size


def _copy(network: Network) -> Program:
    """The program of a network whose layers have no effect: a copy."""
    shape = network.input_shape
    names = tuple(layer.name for layer in network.layers)
    step = Step(copy(shape), (INPUT,), "output", names, (shape, network.output_shape))
    return Program((step,), "output")
