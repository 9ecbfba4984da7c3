"""JSON Schemas of the documents of results, made from the types that read and write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from typing import Any

from tinylab.field_docs import field_docs
from tinylab.results import (
    cause_record,
    documents,
    error_record,
    firmware_record,
    identity,
    layer_profile,
    memory_record,
    record,
    record_parts,
)
from tinylab.stats import cycles

Schema = dict[str, Any]

MODULES = (
    cause_record, error_record, firmware_record, layer_profile, memory_record, record,
    record_parts, cycles,
)  # fmt: skip
MADE_OF: Mapping[str, tuple[type[object], ...]] = {
    "Run": (identity.RunIdentity, record.RunRecord),
    "Failure": (identity.RunIdentity, error_record.ErrorRecord),
    **{
        name: (kind,)
        for module in MODULES
        for name, kind in vars(module).items()
        if is_dataclass(kind) and isinstance(kind, type) and name != "Failure"
    },
}
"""Whose fields a definition has."""


def run_schema() -> Schema:
    """Of `tinylab.run/1`."""
    kind = record.document_type(derived=True)
    return _complete(documents.json_schema("Runs of networks", kind))


def firmware_schema() -> Schema:
    """Of `tinylab.firmware/1`."""
    members = documents.keys(firmware_record.FirmwareDocument)
    members["rows"] = documents.written(members.pop("runs"))
    named = documents.named(firmware_record.SCHEMA, members)
    kind = documents.row_type("FirmwareDocument", named, {})
    return _complete(documents.json_schema("Runs of one's own firmware", kind))


def error_schema() -> Schema:
    """Of `tinylab.error/1`."""
    kind = documents.document_type(error_record.SCHEMA, error_record.ErrorDocument)
    return _complete(documents.json_schema("A command that failed", kind))


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "error.schema.json": error_schema,
    "firmware.schema.json": firmware_schema,
    "run.schema.json": run_schema,
}
"""By the name of the file in docs/schemas/."""


def _complete(schema: Schema) -> Schema:
    """What msgspec does not provide: the meaning of a key, and the fields of each kind of error."""
    definitions = schema["$defs"]
    for name, definition in definitions.items():
        properties = definition["properties"]
        for kind in MADE_OF[name]:
            for key, text in field_docs(kind).items():
                if key in properties:
                    properties[key]["description"] = text
        if {"kind", "fields"} <= properties.keys():
            definition["allOf"] = [{"$ref": "#/$defs/ErrorFields"}]
    return {
        **schema,
        "$defs": {**definitions, "ErrorFields": {"allOf": error_record.fields_schema()}},
    }
