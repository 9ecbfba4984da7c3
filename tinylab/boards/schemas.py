"""JSON Schemas of the files in this folder, generated from the classes that decode them.

`python -m scripts.make_schemas` writes them to docs/schemas/, for editors that complete and
validate TOML by a schema, and for other programs. The fields' docstrings describe the keys.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

import msgspec

from tinylab.boards import (
    board,
    board_document,
    calibration,
    clock_f4,
    clock_family,
    clock_h7,
    clock_l4,
    clock_msi,
    clock_u5,
    clock_wb,
    clocks,
    family_table,
    timing,
)
from tinylab.field_docs import field_docs

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REF = "#/$defs/{name}"
MODULES = (
    board,
    board_document,
    calibration,
    clock_f4,
    clock_family,
    clock_h7,
    clock_l4,
    clock_msi,
    clock_u5,
    clock_wb,
    family_table,
    timing,
)
CLASSES: Mapping[str, type] = {
    name: kind
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and is_dataclass(kind)
}

Schema = dict[str, Any]


def board_schema() -> Schema:
    """Of a board's file: the family determines `clocks`, the core `timing`."""
    kinds = (board_document.BoardFile, *clocks.FAMILIES.values(), *timing.TIMINGS.values())
    schema = _schema("A board of tinylab", *kinds)
    schema["allOf"] = [
        _when("family", family, "clocks", kind) for family, kind in clocks.FAMILIES.items()
    ] + [_when("core", core.value, "timing", kind) for core, kind in timing.TIMINGS.items()]
    as_table, *_ = schema["$defs"]["BoardFile"]["properties"]["peripherals"]["anyOf"]
    as_table["required"] = [*board_document.NEEDED]
    return schema


def family_schema() -> Schema:
    """Of a family's table of peripherals."""
    return _schema("A family's peripherals by address", family_table.FamilyTable)


def calibration_schema() -> Schema:
    """Of calibration.toml."""
    return _schema("Simulated cycles against silicon", calibration.CalibrationFile)


SCHEMAS = {
    "board.schema.json": board_schema,
    "calibration.schema.json": calibration_schema,
    "family.schema.json": family_schema,
}
"""By the name of the file in docs/schemas/."""


def _schema(title: str, document: type, *more: type) -> Schema:
    _, definitions = msgspec.json.schema_components([document, *more], ref_template=REF)
    for name, kind in CLASSES.items():
        if name in definitions:
            _complete(definitions[name], kind)
    return {
        "$schema": DIALECT,
        "title": title,
        "$ref": REF.format(name=document.__name__),
        "$defs": definitions,
    }


def _complete(definition: Schema, kind: type) -> None:
    """Add what msgspec omits: unknown keys are rejected, and each key has a description."""
    definition["additionalProperties"] = False
    definition["description"] = inspect.cleandoc(kind.__doc__ or "")
    for name, text in field_docs(kind).items():
        definition["properties"][name]["description"] = text


def _when(key: str, value: str, table: str, kind: type) -> Schema:
    """If `key` has `value`, `table` is a `kind`."""
    return {
        "if": {"properties": {key: {"const": value}}, "required": [key]},
        "then": {"properties": {table: {"$ref": REF.format(name=kind.__name__)}}},
    }
