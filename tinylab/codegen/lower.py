"""Lowers layers to the kernel calls of one inference: resolves aliases, fuses adjacent layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers.choice import does_nothing, kernel_for
from tinylab.codegen.layers.kernel import Kernel, Operand, Order, Request
from tinylab.zoo.network import Layer, Network, Shape
from tinylab.zoo.operations import Constant, Pool, Reshape

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
    operands: tuple[Operand, Operand]
    """The (first) input and the output."""
    states: tuple[str, ...] = ()

    @property
    def shapes(self) -> tuple[Shape, Shape]:
        """Of the (first) input and of the output."""
        return self.operands[0].shape, self.operands[1].shape

    @property
    def lead(self) -> int | None:
        """The largest start of the output relative to the input's, in bytes; None if they must
        not overlap."""
        order = self.order()
        if order is None:
            return None
        return order.lead_bytes(*(operand.type.number.bytes for operand in self.operands))

    @property
    def works_in_place(self) -> bool:
        before, after = (operand.bytes for operand in self.operands)
        lead = self.lead if before == after else None
        return lead is not None and lead >= 0

    def order(self) -> Order | None:
        """The kernel's order of reads and writes, if it is known.

        It takes memory for each element, so it is not asked for tensors that fit no board.
        """
        if max(operand.elements for operand in self.operands) > ORDERED_ELEMENTS:
            return None
        return self.kernel.order()


@dataclass(frozen=True, eq=False)
class Program:
    """The calls of one inference, in order. Tensors `inputs` and `outputs` are the caller's,
    those in `constants` (their bytes) are in the weights file; `states` have the bytes that they
    begin with."""

    steps: tuple[Step, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    constants: Mapping[str, bytes]
    input_bytes: tuple[int, ...]
    states: Mapping[str, bytes]

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each tensor that a step writes."""
        return {step.output: step.operands[1].bytes for step in self.steps}


def lower(network: Network, books: Mapping[str, Codebook]) -> Program:
    """The program that executes `network`; dense layers in `books` use their codebooks.

    Raises GenerationError for a layer that has no kernel.
    """
    tensor_of = tensors(network)
    readers = _readers(network, tensor_of)
    steps: dict[str, Step] = {}
    for layer in network.layers:
        if isinstance(layer.operation, Constant) or does_nothing(layer.operation):
            continue
        inputs = tuple(tensor_of[name] for name in layer.inputs)
        for state, tensor in zip(layer.states, inputs[1:], strict=False):
            steps[state] = _copy(network, state, tensor, state)
        inputs = inputs[:1] if layer.states else inputs
        before = steps.get(inputs[0])
        given = network.shape_of(layer.inputs[0])
        fused = _fused(before, layer, given) if before and readers[inputs[0]] == 1 else None
        if fused:
            del steps[inputs[0]]
            steps[layer.name] = fused
        else:
            steps[layer.name] = _step(network, layer, inputs, books.get(layer.name))
    outputs = tuple(tensor_of[name] for name in network.outputs)
    copies = dict(_copies(network, outputs))
    outputs = tuple(
        copies[index].output if index in copies else name for index, name in enumerate(outputs)
    )
    taken = tuple(one.name for one in network.inputs)
    kept = frozenset(tensor_of[one.source] for one in network.states if one.source is not None)
    made = (
        *_in_callers_output(tuple(steps.values()), outputs, kept),
        *copies.values(),
        *_stores(network, tensor_of),
    )
    states = {one.name: one.initial.tobytes() for one in network.states}
    sizes = tuple(Operand(one.shape, one.type).bytes for one in network.inputs)
    return Program(made, taken, outputs, dict(_constants(network)), sizes, states)


def _constants(network: Network) -> Iterator[tuple[str, bytes]]:
    """The bytes of constant tensors, as they are stored."""
    for layer in network.layers:
        if isinstance(layer.operation, Constant):
            yield layer.name, layer.operation.values.astype(layer.type.number.dtype).tobytes()


def _step(
    network: Network, layer: Layer, inputs: tuple[str, ...], codebook: Codebook | None
) -> Step:
    operands = tuple(
        Operand(network.shape_of(name), network.type_of(name)) for name in layer.inputs
    )
    output = Operand(layer.shape, layer.type)
    states = tuple(Operand(network.shape_of(name), network.type_of(name)) for name in layer.states)
    kernel = kernel_for(Request(layer.operation, operands, output, codebook, states))
    both = operands[0], output
    return Step(kernel, inputs, layer.name, (layer.name,), both, layer.states)


def tensors(network: Network) -> Mapping[str, str]:
    """For each input and layer, the name of its tensor; layers that do nothing have another's."""
    tensor_of = {one.name: one.name for one in network.inputs}
    tensor_of |= {one.name: one.name for one in network.states}
    for layer in network.layers:
        alias = bool(layer.inputs) and does_nothing(layer.operation)
        tensor_of[layer.name] = tensor_of[layer.inputs[0]] if alias else layer.name
    return tensor_of


def _readers(network: Network, tensor_of: Mapping[str, str]) -> Counter[str]:
    """The number of readers of each tensor; the caller reads the outputs, states their sources."""
    counts = Counter(
        tensor_of[name]
        for layer in network.layers
        if not does_nothing(layer.operation)
        for name in layer.inputs
    )
    counts.update(tensor_of[name] for name in network.results)
    return counts


def _fused(before: Step, layer: Layer, given: Shape) -> Step | None:
    """`before` and `layer` fused into one step; None if there is no kernel for it.

    `layer` reads the output of `before` in the shape `given`.
    """
    made = before.operands[1]
    if len(layer.inputs) > 1 or layer.type != made.type:
        return None
    if isinstance(layer.operation, Pool) and not before.kernel.makes_image(given):
        return None
    kernel = before.kernel.absorb(layer.operation, layer.shape)
    if kernel is None:
        return None
    return replace(
        before,
        kernel=kernel,
        output=layer.name,
        layers=(*before.layers, layer.name),
        operands=(before.operands[0], Operand(layer.shape, layer.type)),
    )


def _in_callers_output(
    steps: tuple[Step, ...], outputs: tuple[str, ...], kept: frozenset[str]
) -> tuple[Step, ...]:
    """If the last step works in place, lets the step before it write to the caller's output.

    Tensors in `kept` are still needed then."""
    if len(steps) < 2:
        return steps
    *others, before, last = steps
    if last.inputs != (before.output,) or not last.works_in_place:
        return steps
    if before.output in kept.union(outputs) or last.output not in outputs:
        return steps
    return (*others, replace(before, output=last.output), replace(last, inputs=(last.output,)))


def _copies(network: Network, outputs: tuple[str, ...]) -> Iterator[tuple[int, Step]]:
    """Copies for outputs that are inputs, states, constants, or the tensor of another output; by
    their position."""
    taken = {one.name for one in network.inputs} | {one.name for one in network.states}
    taken |= {one.name for one in network.layers if isinstance(one.operation, Constant)}
    for index, tensor in enumerate(outputs):
        if tensor not in taken:
            taken.add(tensor)
            continue
        name = network.outputs[index]
        given = Operand(network.shape_of(tensor), network.type_of(tensor))
        made = Operand(network.shape_of(name), network.type_of(name))
        kernel = kernel_for(Request(Reshape(), (given,), made))
        yield index, Step(kernel, (tensor,), f"output_{index}", (name,), (given, made))


def _stores(network: Network, tensor_of: Mapping[str, str]) -> Iterator[Step]:
    """Copies from each state's source to the state, after everything else.

    A source that is a state which is overwritten as well is copied to the arena before.
    """
    stored = {one.name: tensor_of[one.source] for one in network.states if one.source is not None}
    for name, tensor in stored.items():
        if tensor in stored and tensor != name:
            yield _copy(network, name, tensor, f"{name} before")
            stored[name] = f"{name} before"
    for name, tensor in stored.items():
        if tensor != name:
            yield _copy(network, name, tensor, name)


def _copy(network: Network, state: str, tensor: str, output: str) -> Step:
    operand = Operand(network.shape_of(state), network.type_of(state))
    kernel = kernel_for(Request(Reshape(), (operand,), operand))
    return Step(kernel, (tensor,), output, (state,), (operand, operand))
