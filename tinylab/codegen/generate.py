"""Generates the files of a firmware from a network: C with Cube.AI's interface, and weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tinylab.codegen import api, arena, weights
from tinylab.codegen.compress import (
    Codebook,
    CompressedLayer,
    Compression,
    blank_codebooks,
    codebooks,
    compressed_layers,
    decompressed,
)
from tinylab.codegen.idle_channels import without_idle_channels
from tinylab.codegen.inference import inference
from tinylab.codegen.layer_calls import layer_calls
from tinylab.codegen.layers.kernel import ALIGNMENT
from tinylab.codegen.lower import Program, lower
from tinylab.codegen.names_header import FILE, Seam
from tinylab.codegen.simplify import simplify
from tinylab.codegen.support_check import (
    check_finite,
    check_name,
    check_network,
    compression_named,
)
from tinylab.codegen.target import ANY, Target
from tinylab.codegen.tensor import Tensor
from tinylab.codegen.writer import provenance
from tinylab.zoo.derived import Derived
from tinylab.zoo.network import Network


@dataclass(frozen=True, eq=False)
class Generated:
    """The generated files, and the network that they execute."""

    network: Network
    """As executed: batch norms folded, weights as decompressed. The reference on the host."""
    files: Mapping[str, bytes]
    activations_bytes: int
    weights_bytes: int
    compression: Compression
    """The compression applied; `NONE` also if no layer was large enough."""
    compressed: tuple[CompressedLayer, ...]
    program: Program
    """The calls of one inference."""


@dataclass(frozen=True)
class Footprint:
    """Bytes of flash for weights and of RAM for activations; without code and stack."""

    weights_bytes: int
    activations_bytes: int
    scratch_bytes: int = 0
    """Of RAM, if scratch memory is not a part of the activations."""


@dataclass(frozen=True)
class Choice:
    """The compression to use, its footprint, whether that fits, and the reason in one sentence."""

    compression: Compression
    footprint: Footprint
    fits: bool
    reason: str


class Compressed(NamedTuple):
    """The codebooks of a network's large layers, and the network with the weights that they give.

    They are the same for all boards.
    """

    books: Mapping[str, Codebook]
    network: Network


_COMPRESSED: Derived[Compressed] = Derived()


def generate(
    network: Network,
    compression: Compression | str = Compression.NONE,
    *,
    target: Target = ANY,
    name: str = "network",
    macc: int = 0,
    observed: bool = False,
) -> Generated:
    """C11 sources of `network` for the kernels in `platformio_projects/bench/lib/kernels`.

    `target` decides which of these are used.
    `name` is the prefix of files and functions (`ai_<name>_run`); `macc` is reported by
    `ai_<name>_get_info`. If `observed`, the code shows each step's tensor to the host.
    The output is deterministic.
    Raises GenerationError if the network or the name is not supported, UnknownName for an
    unknown compression.
    """
    check_name(name)
    level = compression_named(compression)
    simple = simplified(network)
    books, executed = _COMPRESSED.get(network, level, lambda: _compressed(simple, level))
    program = lower(executed, books, target)
    plan = arena.plan(program, scratch_apart=target.scratch_apart)
    blob = weights.collect(program)
    size = _footprint(blob, plan)
    counts = [call.macc or 0 for call in layer_calls(network, executed, program).calls]
    surface = api.Surface(
        network=executed,
        name=name,
        weights_bytes=size.weights_bytes,
        activations_bytes=size.activations_bytes,
        macc=macc,
        nodes=len(program.steps),
    )
    return Generated(
        network=executed,
        files={
            **api.files(surface, inference(program, plan, blob, counts, observed=observed)),
            f"{name}_weights.bin": blob.data,
            FILE: seam(executed, name).header(provenance(executed, "Names for the bench.")),
        },
        activations_bytes=size.activations_bytes,
        weights_bytes=size.weights_bytes,
        compression=level if books else Compression.NONE,
        compressed=compressed_layers(simple, books),
        program=program,
    )


def _compressed(simple: Network, level: Compression) -> Compressed:
    books = codebooks(simple, level)
    return Compressed(books, decompressed(simple, books))


def seam(network: Network, name: str) -> Seam:
    """How the bench calls generated code: X-CUBE-AI 6.0's interface."""
    return Seam(
        adapter="ai_5",
        runtime="tinylab",
        name=name,
        inputs=tuple(Tensor.of(one.shape, one.type) for one in network.inputs),
        outputs=outputs_of(network),
        resets=bool(network.states),
    )


def outputs_of(network: Network) -> tuple[Tensor, ...]:
    """The network's outputs, as the firmware stores them."""
    return tuple(
        Tensor.of(network.shape_of(name), network.type_of(name)) for name in network.outputs
    )


def footprint(
    network: Network,
    compression: Compression | str = Compression.NONE,
    target: Target = ANY,
) -> Footprint:
    """The footprint of `generate`'s output, without clustering weights or writing C."""
    simple = simplified(network)
    program = lower(simple, blank_codebooks(simple, compression_named(compression)), target)
    plan = arena.plan(program, scratch_apart=target.scratch_apart)
    return _footprint(weights.collect(program), plan)


def choose_compression(
    network: Network,
    wanted: Compression | str,
    fits: Callable[[Footprint], bool],
    target: Target = ANY,
) -> Choice:
    """The compression for `wanted`; `auto` selects the least compression that fits.

    `fits` decides whether a footprint fits. If none fits, `auto` selects the smallest, and
    `Choice.fits` is false.
    """
    if wanted != "auto":
        named = compression_named(wanted)
        size = footprint(network, named, target)
        return Choice(named, size, fits(size), f"Compression {named} was requested.")
    sizes = {level: footprint(network, level, target) for level in Compression}
    for level, size in sizes.items():
        if fits(size):
            return Choice(level, size, True, _why(level, sizes))
    smallest = min(sizes, key=lambda level: sizes[level].weights_bytes)
    reason = f"No compression fits; the weights take at least {sizes[smallest].weights_bytes:,} B."
    return Choice(smallest, sizes[smallest], False, reason)


def simplified(network: Network) -> Network:
    """The network as it is executed, without codes for weights.

    Raises GenerationError. Products of finite weights can be infinite, so both are checked.
    """
    check_network(network)
    simple = without_idle_channels(simplify(network))
    check_finite(simple)
    return simple


def _why(level: Compression, sizes: Mapping[Compression, Footprint]) -> str:
    taken = sizes[level].weights_bytes
    if level is Compression.NONE:
        return f"No compression: the weights fit uncompressed ({taken:,} B)."
    full = sizes[Compression.NONE].weights_bytes
    return f"Compression {level} is the least that fits: weights {taken:,} B instead of {full:,} B."


def _footprint(blob: weights.Weights, plan: arena.Plan) -> Footprint:
    # Applications declare an array of this size; C does not allow arrays of 0 elements.
    activations = max(plan.bytes, ALIGNMENT)
    return Footprint(len(blob.data), activations, plan.scratch_bytes)
