"""The generated files with Cube.AI's public interface, as X-CUBE-AI 6.0 generates them.

Macros, functions and their semantics follow the published interface. From 7.x are
`ai_<name>_create_and_init`, `ai_<name>_inputs_get`, `ai_<name>_outputs_get`,
`ai_<name>_get_report` and the numbered sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from tinylab import __version__
from tinylab.codegen.writer import number, provenance, string
from tinylab.zoo.network import Input, Layer, Network, Shape, State, spatial
from tinylab.zoo.tensor_type import Number

Tensor = Input | State | Layer
TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, eq=False)
class Surface:
    """The properties of a generated network that are visible to an application."""

    network: Network
    name: str
    weights_bytes: int
    activations_bytes: int
    macc: int
    nodes: int


def files(surface: Surface, inference: str) -> dict[str, bytes]:
    """The generated text files by name; `inference` is the C text of the shapes and `infer`."""
    name = surface.name
    values = {**_values(surface), "inference": inference}
    pages = {
        f"{name}_config.h": ("config.h.in", "Versions of the interface."),
        f"{name}.h": ("network.h.in", "Public interface of a neural network."),
        f"{name}.c": ("network.c.in", "A neural network: its layers, and its interface."),
        f"{name}_data.h": ("data.h.in", "Sizes and addresses of weights and activations."),
        f"{name}_data.c": ("data.c.in", "The weights, included from a binary file."),
    }
    return {
        file: _page(surface, template, about, values) for file, (template, about) in pages.items()
    }


def _page(surface: Surface, template: str, about: str, values: dict[str, str]) -> bytes:
    body = Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)
    return f"{provenance(surface.network, about)}\n{body}".encode()


FORMATS = {
    Number.FLOAT32: "AI_BUFFER_FORMAT_FLOAT",
    Number.INT8: "AI_BUFFER_FORMAT_S8",
    Number.UINT8: "AI_BUFFER_FORMAT_U8",
    Number.INT16: "AI_BUFFER_FORMAT_S16",
    Number.UINT16: "AI_BUFFER_FORMAT_U16",
    Number.INT32: "AI_BUFFER_FORMAT_S32",
    Number.INT64: "AI_BUFFER_FORMAT_S64",
}


def _side(prefix: str, side: str, tensors: Sequence[Tensor]) -> str:
    """The macros of the inputs or of the outputs."""
    lines = [f"#define {prefix}_{side}_NUM ({len(tensors)})"]
    sizes, bytes_, buffers = [], [], []
    for index, tensor in enumerate(tensors, 1):
        name = f"{prefix}_{side}_{index}"
        height, width, channels = dimensions(tensor.shape)
        kind = tensor.type.number
        lines += [
            f"/* {kind}, height x width x channels */",
            f"#define {name}_FORMAT ({FORMATS[kind]})",
            f"#define {name}_HEIGHT ({height})",
            f"#define {name}_WIDTH ({width})",
            f"#define {name}_CHANNEL ({channels})",
            f"#define {name}_SIZE ({height} * {width} * {channels})",
            f"#define {name}_SIZE_BYTES ({name}_SIZE * {kind.bytes})",
        ]
        sizes.append(f"{name}_SIZE")
        bytes_.append(f"{name}_SIZE_BYTES")
        shape = f"{height}, {width}, {channels}, 1, NULL"
        buffers.append(f"AI_BUFFER_OBJ_INIT({FORMATS[kind]}, {shape})")
    return "\n".join(
        [
            *lines,
            f"#define {prefix}_{side}_SIZE {{{', '.join(sizes)}}}",
            f"#define {prefix}_{side}_SIZE_BYTES {{{', '.join(bytes_)}}}",
            f"#define {prefix}_{side} \\",
            "  {" + ", \\\n   ".join(buffers) + "}",
        ]
    )


def _buffers(side: str, tensors: Sequence[Tensor]) -> str:
    """Initialisers of buffers, with their quantisation."""
    lines = []
    for index, tensor in enumerate(tensors, 1):
        height, width, channels = dimensions(tensor.shape)
        meta = "NULL" if tensor.type.scale is None else f"&{side}_{index}_meta"
        lines.append(
            f"  {{.format = {FORMATS[tensor.type.number]}, .n_batches = 1, .height = {height}, "
            f".width = {width},\n   .channels = {channels}, .meta_info = {meta}}},\n"
        )
    return "\n" + "".join(lines)


def _quantised(side: str, tensors: Sequence[Tensor]) -> Iterator[str]:
    """The scale and zero point of each quantised tensor, as X-CUBE-AI 7 describes them."""
    for index, tensor in enumerate(tensors, 1):
        if tensor.type.scale is None:
            continue
        name = f"{side}_{index}"
        unsigned = tensor.type.number in (Number.UINT8, Number.UINT16)
        sign, c_type = ("U8", "ai_u8") if unsigned else ("S8", "ai_i8")
        yield f"static const ai_float {name}_scale = {number(tensor.type.scale)};"
        yield f"static const {c_type} {name}_zero = {tensor.type.zero_point};"
        yield f"static const ai_intq_info {name}_info = {{&{name}_scale, (ai_handle)&{name}_zero}};"
        yield f"static ai_intq_info_list {name}_list = {{"
        yield f"  AI_BUFFER_META_FLAG_SCALE_FLOAT | AI_BUFFER_META_FLAG_ZEROPOINT_{sign},"
        yield f"  1, &{name}_info}};"
        yield f"static ai_buffer_meta_info {name}_meta = {{"
        yield f"  AI_BUFFER_META_HAS_INTQ_INFO, &{name}_list}};"


def dimensions(shape: Shape) -> tuple[int, int, int]:
    """(height, width, channels) in Cube.AI's order: the length of a sequence is its height."""
    if len(shape) == 1:
        return 1, 1, shape[0]
    if len(shape) == 2:
        return shape[0], 1, shape[1]
    return spatial(shape)


def _values(surface: Surface) -> dict[str, str]:
    network = surface.network
    prefix = f"AI_{surface.name.upper()}"
    outputs = [network.tensors[name] for name in network.outputs]
    return {
        "inputs": _side(prefix, "IN", network.inputs),
        "outputs": _side(prefix, "OUT", outputs),
        "quantization": "\n".join([*_quantised("in", network.inputs), *_quantised("out", outputs)]),
        "input_buffers": _buffers("in", network.inputs),
        "output_buffers": _buffers("out", outputs),
        "name": surface.name,
        "NAME": surface.name.upper(),
        "model_name": string(surface.name),
        "origin_name": string(network.name),
        "signature": string(network.sha256),
        "generator": string(f"tinylab {__version__}"),
        "version": ", ".join(__version__.split(".")[:3]),
        "weights_bytes": str(surface.weights_bytes),
        "activations_bytes": str(surface.activations_bytes),
        "macc": str(surface.macc),
        "nodes": str(surface.nodes),
        **_states(surface),
    }


def _states(surface: Surface) -> dict[str, str]:
    """The function that resets the states; nothing for a network without them."""
    states, name = surface.network.states, surface.name
    signature = f"ai_bool ai_{name}_reset_state(ai_handle network)"
    texts = {
        "includes": "#include <string.h>\n",
        "model_reset": "  .reset = reset,\n",
        "reset_function": f"{signature} {{\n"
        "  return tl_network_reset_state(&instance, network);\n}\n\n",
        "reset_declaration": "/* The network keeps states between inferences, in the memory for "
        "activations: it must not be\n   used for anything else. This sets the states as "
        f"ai_{name}_init does. */\n#define AI_{name.upper()}_HAS_STATES (1)\n"
        f"AI_API_ENTRY {signature};\n\n",
    }
    return texts if states else dict.fromkeys(texts, "")
