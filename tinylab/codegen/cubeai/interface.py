"""Reads one network's interface from its generated headers and C."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tinylab.codegen.cubeai.files import read
from tinylab.codegen.cubeai.macros import Macros, real
from tinylab.codegen.cubeai.version import Version
from tinylab.codegen.tensor import Tensor
from tinylab.errors import GenerationError

HEADER = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(STAI|AI)_(\w+?)_MODEL_NAME\b", re.MULTILINE)
"""Defined in every generated `<name>.h`."""
KINDS = {
    "FLOAT": "float32", "FLOAT32": "float32", "S8": "int8", "U8": "uint8", "S16": "int16",
    "U16": "uint16", "Q7": "int8", "UQ7": "uint8", "Q15": "int16", "UQ15": "uint16",
}  # fmt: skip
FRACTION_BITS = {"Q7": 7, "UQ7": 7, "Q15": 15, "UQ15": 15}
FORMAT = re.compile(r"(?:AI_BUFFER|STAI)_FORMAT_(\w+)")
RUNTIME_VERSION = re.compile(r"runtime_version\s*=\s*STAI_INIT_VERSION\((\d+),\s*(\d+),\s*(\d+)\)")
MACC = re.compile(r"\.n_macc\s*=\s*(\d+)")
UNSET_MACC = 1
"""Some versions write 1 into the report structure; only their report has the real number."""


class Interface(StrEnum):
    """The three interfaces of ST's generated code; there is an adapter in C for each."""

    AI_5 = "ai_5"
    """X-CUBE-AI 5 and 6: `ai_<name>_create`, `ai_<name>_init`."""
    AI_7 = "ai_7"
    """X-CUBE-AI 7 to 10: `ai_<name>_create_and_init`, functions that return the buffers."""
    STAI = "stai"
    """ST Edge AI Core: `stai_<name>_init`, a context owned by the application."""


@dataclass(frozen=True)
class Surface:
    """The properties of one network that are visible to the application. Sizes in bytes."""

    interface: Interface
    origin: str
    """The model's name, as the tool read it from the model file."""
    version: Version | None
    """The version of the library that the code was generated for."""
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    activations: tuple[int, ...]
    states: tuple[int, ...]
    weights: int
    macc: int | None


def surface(name: str, headers: tuple[Path, ...], code: Path) -> Surface:
    """The interface of the network `name`, from its generated files.

    Raises GenerationError for formats that the bench does not support.
    """
    texts = [read(path) for path in headers]
    c_text = read(code)
    macros = Macros([*texts, c_text])
    return (
        _stai(name, macros, c_text)
        if f"STAI_{name.upper()}_MODEL_NAME" in macros
        else _ai(name, macros, c_text, any(f"ai_{name}_create_and_init" in t for t in texts))
    )


def _stai(name: str, macros: Macros, code: str) -> Surface:
    prefix = f"STAI_{name.upper()}"
    version = RUNTIME_VERSION.search(code)

    def side(which: str) -> tuple[Tensor, ...]:
        count = macros.number(f"{prefix}_{which}_NUM") or 0
        places = (f"{prefix}_{which}_{index}" for index in range(1, count + 1))
        return tuple(
            _tensor(
                macros.raw(f"{place}_FORMAT"),
                macros.number(f"{place}_SIZE"),
                macros.real(f"{place}_SCALE"),
                macros.number(f"{place}_ZERO_POINT"),
                place,
            )
            for place in places
        )

    return Surface(
        interface=Interface.STAI,
        origin=macros.text(f"{prefix}_ORIGIN_MODEL_NAME") or name,
        version=Version(*map(int, version.groups())) if version else None,
        inputs=side("IN"),
        outputs=side("OUT"),
        activations=_blocks(macros, prefix, "ACTIVATION"),
        states=_blocks(macros, prefix, "STATE"),
        weights=macros.number(f"{prefix}_WEIGHTS_SIZE_BYTES") or 0,
        macc=macros.number(f"{prefix}_MACC_NUM"),
    )


def _blocks(macros: Macros, prefix: str, kind: str) -> tuple[int, ...]:
    count = macros.number(f"{prefix}_{kind}S_NUM") or 0
    sizes = tuple(macros.numbers(f"{prefix}_{kind}_%d_SIZE_BYTES"))
    return sizes[:count]


def _ai(name: str, macros: Macros, code: str, at_once: bool) -> Surface:
    prefix = f"AI_{name.upper()}"
    numbers = [macros.number(f"AI_TOOLS_VERSION_{part}") for part in ("MAJOR", "MINOR", "MICRO")]
    known = [number for number in numbers if number is not None]
    macc = MACC.search(code)

    def side(which: str) -> tuple[Tensor, ...]:
        count = macros.number(f"{prefix}_{which}_NUM") or 0
        # Up to 6.x the formats are only in the initialiser of the buffers.
        listed = FORMAT.findall(macros.raw(f"{prefix}_{which}"))
        scales = list(_quantisation(code, f"{prefix}_{which}_NUM"))
        return tuple(
            _tensor(
                macros.raw(f"{prefix}_{which}_{i + 1}_FORMAT")
                or "".join(f"AI_BUFFER_FORMAT_{kind}" for kind in listed[i : i + 1]),
                macros.number(f"{prefix}_{which}_{i + 1}_SIZE"),
                *(scales[i] if i < len(scales) else (None, None)),
                f"{prefix}_{which}_{i + 1}",
            )
            for i in range(count)
        )

    sizes = tuple(macros.numbers(f"{prefix}_DATA_ACTIVATION_%d_SIZE"))
    whole = macros.number(f"{prefix}_DATA_ACTIVATIONS_SIZE") or 0
    return Surface(
        interface=Interface.AI_7 if at_once else Interface.AI_5,
        origin=macros.text(f"{prefix}_ORIGIN_MODEL_NAME") or macros.text(f"{prefix}_MODEL_NAME"),
        version=Version.of_tools(*known) if len(known) == len(numbers) else None,
        inputs=side("IN"),
        outputs=side("OUT"),
        activations=sizes if at_once and sizes else (whole,),
        states=(),
        weights=macros.number(f"{prefix}_DATA_WEIGHTS_SIZE") or 0,
        macc=int(macc[1]) if macc and int(macc[1]) > UNSET_MACC else None,
    )


def _tensor(
    format_text: str, elements: int | None, scale: float | None, zero: int | None, place: str
) -> Tensor:
    found = FORMAT.search(format_text)
    word = found[1] if found else ""
    if word not in KINDS or not elements:
        raise GenerationError(
            f"{place} has the format '{format_text or 'unknown'}' and {elements or 'no'} elements.",
            remedy=f"The bench supports {', '.join(dict.fromkeys(KINDS.values()))}. Generate the "
            "network with inputs and outputs of these formats.",
        )
    if word in FRACTION_BITS:
        return Tensor(KINDS[word], elements, 2.0 ** -FRACTION_BITS[word])
    return Tensor(KINDS[word], elements, None if KINDS[word] == "float32" else scale, zero or 0)


def _quantisation(code: str, count: str) -> Iterator[tuple[float | None, int | None]]:
    """Scale and zero point of each tensor in the list of `count`, from the generated C."""
    listed = re.search(rf"\(\s*AI_FLAG_NONE,\s*{count}\s*,([^)]*)\)", code)
    for tensor in re.findall(r"&(\w+)", listed[1]) if listed else ():
        declared = re.search(
            rf"AI_TENSOR_OBJ_DECLARE\(\s*{tensor}\s*,[^;]*?&{tensor}_array\s*,\s*&(\w+)\s*\)", code
        )
        yield _intq(code, declared[1]) if declared else (None, None)


def _intq(code: str, name: str) -> tuple[float | None, int | None]:
    found = re.search(
        rf"AI_INTQ_INFO_LIST_OBJ_DECLARE\(\s*{name}\s*,.*?"
        r"AI_PACK_INTQ_SCALE\(([^)]*)\).*?AI_PACK_U?INTQ_ZP\(\s*(-?\d+)\s*\)",
        code,
        re.DOTALL,
    )
    return (real(found[1]), int(found[2])) if found else (None, None)
