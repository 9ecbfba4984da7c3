"""JSON Schemas of the files in this folder, generated from the classes that decode them.

`python -m tinylab.boards.schemas` writes them to docs/schemas/, for editors that complete and
validate TOML by a schema, and for other programs. The fields' docstrings describe the keys.
"""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from pathlib import Path
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

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "schemas"
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


def text_of(schema: Schema) -> str:
    """The schema as published."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


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
    for name, text in _meanings(kind).items():
        definition["properties"][name]["description"] = text


def _meanings(kind: type) -> dict[str, str]:
    """The docstrings below the fields of a dataclass, including inherited ones."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if is_dataclass(base):
            found |= _documented(ast.parse(inspect.getsource(base)).body[0])
    return found


def _documented(made: ast.stmt) -> Iterator[tuple[str, str]]:
    assert isinstance(made, ast.ClassDef)
    for field, text in zip(made.body, made.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(name)),
                ast.Expr(value=ast.Constant(str(words))),
            ) if not name.isupper():
                yield name, inspect.cleandoc(words)


def _when(key: str, value: str, table: str, kind: type) -> Schema:
    """If `key` has `value`, `table` is a `kind`."""
    return {
        "if": {"properties": {key: {"const": value}}, "required": [key]},
        "then": {"properties": {table: {"$ref": REF.format(name=kind.__name__)}}},
    }


def main() -> None:
    """Write every schema to docs/schemas/."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in SCHEMAS.items():
        (FOLDER / name).write_text(text_of(make()), encoding="utf-8")


if __name__ == "__main__":
    main()
