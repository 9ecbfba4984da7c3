"""Contents of the stand-in's generated files: names, sizes, formats, for each interface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.fakes.cubeai import library
from tinylab.codegen.generate import generate
from tinylab.zoo import cost
from tinylab.zoo.network import Network, elements

QUANTISED = {"int8": (0.0078125, -3, -128), "uint8": (0.0078125, 125, 0)}
"""Scale, zero point and least value of inputs and outputs; the scale is that of a real network
whose values are between -1 and 1."""
Scale = tuple[float, int]
FORMATS = {"float32": ("FLOAT", "FLOAT32"), "int8": ("S8", "S8"), "uint8": ("U8", "U8")}


def tools_of(version: tuple[int, int, int]) -> tuple[int, int, int]:
    """What the tools of a runtime's version write: Core 1.0 for 9.1, 2.0 for 10.0."""
    major, minor, micro = version
    if major == 9 and minor:
        return 1, minor - 1, micro
    return (major - 8 if major >= 10 else major), minor, micro


@dataclass(frozen=True)
class Facts:
    """One network as it is generated."""

    network: Network
    name: str
    version: tuple[int, int, int]
    """Of the runtime library."""
    kind: str = "float32"
    inside: bool = False
    """Whether inputs and outputs are inside the activations."""
    scales: tuple[Scale, Scale] | None = None
    """Scale and zero point of the input and of the output, if other than those of `QUANTISED`."""

    observed: bool = False
    """Whether the library's nodes can be observed."""

    def quantised(self, side: int) -> tuple[float, int, int]:
        """Scale, zero point and least value of the input (0) or the output (1)."""
        scale, zero, low = QUANTISED[self.kind]
        return (*self.scales[side], low) if self.scales else (scale, zero, low)

    @property
    def upper(self) -> str:
        return self.name.upper()

    @property
    def tools(self) -> tuple[int, int, int]:
        """`AI_TOOLS_VERSION`: from 9.1 on that of ST Edge AI Core."""
        return tools_of(self.version)

    @property
    def sides(self) -> tuple[int, int]:
        return elements(self.network.input_shape), elements(self.network.output_shape)

    @property
    def item(self) -> int:
        return 4 if self.kind == "float32" else 1

    @property
    def weights(self) -> bytes:
        return library.weights(self.network)

    @property
    def arena(self) -> int:
        """Bytes of activations of the layers alone."""
        return generate(self.network).activations_bytes

    @property
    def blocks(self) -> tuple[int, ...]:
        """Bytes of each block of activations: with `inside`, one more for inputs and outputs."""
        io = sum(-(-count * self.item // 8) * 8 for count in self.sides)
        return (self.arena, io) if self.inside else (self.arena,)

    @property
    def macc(self) -> int:
        return cost.macc(self.network)

    @property
    def parameters(self) -> int:
        return cost.parameters(self.network)

    def array(self) -> str:
        """The weights as C."""
        words = np.frombuffer(self.weights, "<u4")
        return ", ".join(f"0x{word:08x}u" for word in words)

    def core(self) -> str:
        """C that every interface shares: one inference of the layers in the library."""
        inputs, outputs = self.sides
        if self.kind == "float32":
            before = after = ""
            given, result = "(void *)in", "out"
            buffers = ""
        else:
            given, made = (
                f"{scale}f, {zero}, {low}" for scale, zero, low in map(self.quantised, (0, 1))
            )
            buffers = f"static float real_in[{inputs}], real_out[{outputs}];\n"
            before = f"  standin_dequantise(in, real_in, {inputs}, {given});\n"
            after = f"  standin_quantise(real_out, out, {outputs}, {made});\n"
            given, result = "real_in", "real_out"
        return (
            f"static ai_handle layers;\n{buffers}"
            "static ai_error layers_start(void *arena) {\n"
            "  const ai_handle blocks[] = {arena};\n"
            "  return ai_inner_create_and_init(&layers, blocks, NULL);\n}\n"
            "static ai_i32 layers_run(const void *in, void *out) {\n"
            "  ai_buffer given[] = AI_INNER_IN, result[] = AI_INNER_OUT;\n"
            f"{before}  given[0].data = {given};\n  result[0].data = {result};\n"
            "  const ai_i32 batches = ai_inner_run(layers, given, result);\n"
            f"{after}  return batches;\n}}\n"
        )

    def weights_source(self, declared: str) -> str:
        """The array of `<name>_data.c`, and the function that returns it to the layers."""
        return (
            f"{declared} = {{{self.array()}}};\n"
            "void *ai_inner_data_weights_get(void) { return (void *)standin_weights; }\n"
        )

    def report(self) -> str:
        """The parts of ST's text report that are read."""
        tools = ".".join(map(str, self.tools))
        inputs, outputs = self.sides
        return "\n".join(
            [
                f"Stand-in tools v{tools}",
                f"c_name             : {self.name}",
                "compression        : none",
                f"params #           : {self.parameters:,} items",
                f"macc               : {self.macc:,}",
                f"weights (ro)       : {len(self.weights):,} B",
                f"activations (rw)   : {sum(self.blocks):,} B",
                f"inputs (total)     : {inputs * self.item} B",
                f"outputs (total)    : {outputs * self.item} B",
                "",
            ]
        )
