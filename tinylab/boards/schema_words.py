"""Describes in words the values that a place of a document takes, from its JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Schema = Mapping[str, Any]

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a string",
    "boolean": "true or false",
    "object": "a table",
    "null": "nothing",
}


def described(kind: type, path: tuple[str | int, ...]) -> str:
    """The values that the dataclass `kind` takes at `path`: `one of f4, f7`, `a list, each ...`."""
    (root,), definitions = msgspec.json.schema_components([kind])
    node: Schema = root
    for step in path:
        node = _below(_resolved(node, definitions), step, definitions)
    return _words(_resolved(node, definitions), definitions)


def _resolved(node: Schema, definitions: Schema) -> Schema:
    if "$ref" not in node:
        return node
    found: Schema = definitions[node["$ref"].rpartition("/")[2]]
    return found


def _below(node: Schema, step: str | int, definitions: Schema) -> Schema:
    wanted = "array" if isinstance(step, int) else "object"
    kinds = [_resolved(one, definitions) for one in node.get("anyOf", ())]
    node = next((one for one in kinds if one.get("type") == wanted), node)
    found: Schema
    if isinstance(step, str):
        found = node.get("properties", {}).get(step) or node["additionalProperties"]
    else:
        places = node.get("prefixItems")
        found = places[step] if places else node["items"]
    return found


def _words(node: Schema, definitions: Schema) -> str:
    if "enum" in node:
        return f"one of {', '.join(str(value) for value in sorted(node['enum']))}"
    if "anyOf" in node:
        kinds = [_resolved(one, definitions) for one in node["anyOf"]]
        if {"integer", "number"} <= {one.get("type") for one in kinds}:
            kinds = [one for one in kinds if one.get("type") != "integer"]
        return " or ".join(_words(one, definitions) for one in kinds if one.get("type") != "null")
    if "pattern" in node:
        return str(node["description"])
    if node["type"] == "array":
        return _list_words(node, definitions)
    return _TYPES[node["type"]] + _limits(node)


def _list_words(node: Schema, definitions: Schema) -> str:
    places = node.get("prefixItems")
    inside = _words(_resolved(places[0] if places else node["items"], definitions), definitions)
    how_many = f"a list of {len(places)}" if places else "a list"
    return f"{how_many}, each {inside}"


def _limits(node: Schema) -> str:
    """` of 0 or more, and a multiple of 0x1000`."""
    said = {
        "exclusiveMinimum": " above {}",
        "minimum": " of {} or more",
        "exclusiveMaximum": " below {:#x}",
        "maximum": " of {} or less",
        "multipleOf": " in multiples of {:#x}",
    }
    return ",".join(text.format(node[key]) for key, text in said.items() if key in node)
