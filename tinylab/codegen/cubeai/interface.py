"""Reads one network's interface from its generated headers and C."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import count
from pathlib import Path

from tinylab.codegen.cubeai.declarations import Declarations, Declared
from tinylab.codegen.cubeai.files import read
from tinylab.codegen.cubeai.macros import Macros, whole
from tinylab.codegen.cubeai.version import Version
from tinylab.codegen.tensor import Tensor
from tinylab.errors import GenerationError

HEADER = re.compile(
    r"^[ \t]*#[ \t]*define[ \t]+(?:STAI|AI)_(\w+?)_MODEL_NAME\b", re.MULTILINE | re.ASCII
)
"""Defined in every generated `<name>.h`."""
KINDS = {
    "FLOAT": "float32", "FLOAT32": "float32", "S8": "int8", "U8": "uint8", "S16": "int16",
    "U16": "uint16", "Q7": "int8", "UQ7": "uint8", "Q15": "int16", "UQ15": "uint16",
}  # fmt: skip
FRACTION_BITS = {"Q7": 7, "UQ7": 7, "Q15": 15, "UQ15": 15}
FORMAT = re.compile(r"(?:AI_BUFFER|AI_ARRAY|STAI)_FORMAT_(\w+)")
RUNTIME_VERSION = re.compile(
    r"runtime_version\s*=\s*STAI_INIT_VERSION\((\d{1,4}),\s*(\d{1,4}),\s*(\d{1,4})\)"
)
MACC = re.compile(r"\.n_macc\s*=\s*(\d+)")
LARGEST = 1 << 31
"""Bytes or elements; every address of these cores is below 4 GiB."""
MOST_MACC = 1 << 63
UNSET_MACC = 1
"""Some versions write 1 into the report structure; only their report has the real number."""


AGAIN = "Generate the network again; the folder's headers are damaged or incomplete."


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

    Raises GenerationError for formats that the bench does not support and for impossible sizes,
    OSError for a file that cannot be read.
    """
    texts = [read(path) for path in headers]
    c_text = read(code)
    macros = Macros([*texts, c_text])
    found = (
        _stai(name, macros, c_text)
        if f"STAI_{name.upper()}_MODEL_NAME" in macros
        else _ai(name, macros, c_text, any(f"ai_{name}_create_and_init" in t for t in texts))
    )
    if not found.inputs or not found.outputs:
        raise GenerationError(f"{name}.h has no number of inputs and outputs.", remedy=AGAIN)
    return found


def _stai(name: str, macros: Macros, code: str) -> Surface:
    prefix = f"STAI_{name.upper()}"
    version = RUNTIME_VERSION.search(code)

    def side(which: str) -> tuple[Tensor, ...]:
        last = macros.number(f"{prefix}_{which}_NUM") or 0
        places = (f"{prefix}_{which}_{index}" for index in range(1, last + 1))
        return tuple(
            _tensor(
                place,
                macros.number(f"{place}_SIZE"),
                Declared(
                    macros.raw(f"{place}_FORMAT"),
                    macros.real(f"{place}_SCALE"),
                    macros.number(f"{place}_ZERO_POINT"),
                ),
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
        weights=_size(macros, f"{prefix}_WEIGHTS_SIZE_BYTES") or 0,
        macc=_macc(macros.number(f"{prefix}_MACC_NUM")),
    )


def _blocks(macros: Macros, prefix: str, kind: str) -> tuple[int, ...]:
    blocks = macros.number(f"{prefix}_{kind}S_NUM") or 0
    return tuple(_sizes(macros, f"{prefix}_{kind}_%d_SIZE_BYTES"))[: max(blocks, 0)]


def _ai(name: str, macros: Macros, code: str, at_once: bool) -> Surface:
    prefix = f"AI_{name.upper()}"
    numbers = [macros.number(f"AI_TOOLS_VERSION_{part}") for part in ("MAJOR", "MINOR", "MICRO")]
    known = [number for number in numbers if number is not None]
    macc = MACC.search(code)
    declared = Declarations(code)
    sizes = tuple(_sizes(macros, f"{prefix}_DATA_ACTIVATION_%d_SIZE"))
    total = _size(macros, f"{prefix}_DATA_ACTIVATIONS_SIZE") or 0
    return Surface(
        interface=Interface.AI_7 if at_once else Interface.AI_5,
        origin=macros.text(f"{prefix}_ORIGIN_MODEL_NAME") or macros.text(f"{prefix}_MODEL_NAME"),
        version=Version.of_tools(*known) if len(known) == len(numbers) else None,
        inputs=_ai_side(macros, declared, f"{prefix}_IN"),
        outputs=_ai_side(macros, declared, f"{prefix}_OUT"),
        activations=sizes if at_once and sizes else (total,),
        states=(),
        weights=_size(macros, f"{prefix}_DATA_WEIGHTS_SIZE") or 0,
        macc=_macc(whole(macc[1])) if macc else None,
    )


def _ai_side(macros: Macros, declared: Declarations, prefix: str) -> tuple[Tensor, ...]:
    """Inputs or outputs. Where their formats are depends on the version."""
    in_code = declared.side(f"{prefix}_NUM")
    # Up to 6.x in the initialiser of the buffers.
    in_list = FORMAT.findall(macros.raw(prefix))
    found = []
    for index in range(macros.number(f"{prefix}_NUM") or 0):
        place = f"{prefix}_{index + 1}"
        known = in_code[index] if index < len(in_code) else Declared()
        # From 8.0 on in a macro of its own; 7.1 to 7.3 have it in the C alone.
        listed = f"AI_BUFFER_FORMAT_{in_list[index]}" if index < len(in_list) else known.format
        known = replace(known, format=macros.raw(f"{place}_FORMAT") or listed)
        found.append(_tensor(place, macros.number(f"{place}_SIZE"), known))
    return tuple(found)


def _tensor(place: str, elements: int | None, declared: Declared) -> Tensor:
    """Raises GenerationError for what the bench cannot fill or read."""
    found = FORMAT.search(declared.format)
    word = found[1] if found else ""
    if word not in KINDS:
        raise GenerationError(
            f"{place} has the format '{declared.format[:80] or 'unknown'}'.",
            remedy=f"The bench supports {', '.join(dict.fromkeys(KINDS.values()))}. Generate the "
            "network with inputs and outputs of these formats.",
        )
    if elements is None or not 0 < elements < LARGEST:
        raise GenerationError(f"{place}_SIZE is not a possible number of elements.", remedy=AGAIN)
    kind, scale, zero = KINDS[word], declared.scale, declared.zero_point or 0
    if kind == "float32":
        return Tensor(kind, elements)
    if word in FRACTION_BITS:
        return Tensor(kind, elements, 2.0 ** -FRACTION_BITS[word])
    tensor = Tensor(kind, elements, scale, zero)
    low, high = tensor.type.number.range
    if (scale is not None and scale <= 0) or not low <= zero <= high:
        raise GenerationError(
            f"{place} has the scale {scale} and the zero point {zero}, which are not possible "
            f"for {kind}.",
            remedy=AGAIN,
        )
    return tensor


def _macc(number: int | None) -> int | None:
    return number if number is not None and UNSET_MACC < number < MOST_MACC else None


def _size(macros: Macros, name: str) -> int | None:
    """Bytes; None if there is no such macro. Raises GenerationError if it is no size."""
    if name not in macros:
        return None
    value = macros.number(name)
    if value is None or not 0 <= value < LARGEST:
        raise GenerationError(f"{name} is not a possible number of bytes.", remedy=AGAIN)
    return value


def _sizes(macros: Macros, pattern: str) -> Iterator[int]:
    """The sizes `pattern % 1`, `pattern % 2` ... up to the last one defined."""
    for index in count(1):
        size = _size(macros, pattern % index)
        if size is None:
            return
        yield size
