"""The generated files with Cube.AI's public interface, as X-CUBE-AI 6.0 generates them.

Macros, functions and their semantics follow the published interface. From 7.x are
`ai_<name>_create_and_init`, `ai_<name>_inputs_get`, `ai_<name>_outputs_get`,
`ai_<name>_get_report` and the numbered sizes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

from tinylab import __version__
from tinylab.codegen.writer import provenance, string
from tinylab.zoo.network import Network, Shape

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


def dimensions(shape: Shape) -> tuple[int, int, int]:
    """(height, width, channels) in Cube.AI's order: the length of a sequence is its height."""
    if len(shape) == 1:
        return 1, 1, shape[0]
    if len(shape) == 2:
        return shape[0], 1, shape[1]
    height, width, channels = shape
    return height, width, channels


def _values(surface: Surface) -> dict[str, str]:
    network = surface.network
    sides = {"in": network.input_shape, "out": network.output_shape}
    sizes = {
        f"{side}_{axis}": str(value)
        for side, shape in sides.items()
        for axis, value in zip(("height", "width", "channels"), dimensions(shape), strict=True)
    }
    return {
        **sizes,
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
    }
