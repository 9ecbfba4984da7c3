"""Reads ST's report on a network: parameters, MACC, sizes, compression."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tinylab.codegen.cubeai.files import Tree, nearest, read
from tinylab.codegen.cubeai.macros import whole

TEXT = "{name}_generate_report.txt"
JSONS = ("{name}_c_info.json", "{name}_report.json")
FIELDS = {
    "parameters": r"^\s*params #\s*:\s*([\d,]+) items",
    "macc": r"^\s*macc\s*:\s*([\d,]+)\s*$",
    "weights": r"^\s*weights \(ro\)\s*:\s*([\d,]+) B",
    "activations": r"^\s*activations \(rw\)\s*:\s*([\d,]+) B",
}
LARGEST = 1 << 63
"""What a result can hold; a sum of many is compared too."""
COMPRESSION = re.compile(r"^\s*compression\s*:\s*(\S{1,40})", re.MULTILINE)


@dataclass(frozen=True)
class Report:
    """One report; values that it does not contain are None. Sizes in bytes."""

    path: Path
    parameters: int | None = None
    macc: int | None = None
    weights: int | None = None
    activations: int | None = None
    compression: str | None = None


def find_report(tree: Tree, name: str, near: Path, weights: int) -> Report | None:
    """The report on the network `name` whose files are in the folder `near`.

    ST's text report is preferred, as it has the most values; otherwise the JSON files are read.
    A report whose weights have another size in bytes belongs to other code and is ignored.
    """
    for pattern in (TEXT, *JSONS):
        path = nearest(tree.named(pattern.format(name=name)), near)
        # CubeMX inserts the model's name: network_policy.onnx_c_info.json.
        if path is None and pattern in JSONS:
            ending = pattern.format(name="")
            path = nearest(
                [p for p in tree.files if p.name.startswith(name) and p.name.endswith(ending)], near
            )
        report = _read(path) if path is not None else None
        if report is not None and report.weights in (None, weights):
            return report
    return None


def unread(tree: Tree, name: str) -> Iterator[str]:
    """Says of each report on `name` that is not used why it is not."""
    endings = (TEXT.format(name=""), *(pattern.format(name="") for pattern in JSONS))
    for path, reason in sorted(tree.refused.items()):
        if path.name.startswith(name) and path.name.endswith(endings):
            yield f"ST's report was not read: {path} {reason}"


def _read(path: Path) -> Report | None:
    if path.suffix == ".txt":
        return _from_text(path, read(path))
    text = read(path)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _from_json(path, document) if isinstance(document, dict) else None


def _from_text(path: Path, text: str) -> Report:
    numbers = {
        name: whole(found[1])
        for name, pattern in FIELDS.items()
        if (found := re.search(pattern, text, re.MULTILINE))
    }
    compression = COMPRESSION.search(text)
    return Report(path, **numbers, compression=_compression(compression[1] if compression else ""))


def _compression(word: str) -> str | None:
    """`none`, `x4`, `x8`, or another word from newer tools: `lossless`."""
    if not word:
        return None
    return f"x{word}" if word.isdigit() else word.lower()


def _from_json(path: Path, document: Mapping[str, object]) -> Report:
    layers = list(_dicts(document.get("layers")))
    if layers:
        extras = [one for layer in layers for one in _dicts([layer.get("extras")])]
        return Report(path, _total(extras, "n_params"), _total(extras, "n_macc"))
    footprint = document.get("memory_footprint")
    sizes = footprint if isinstance(footprint, dict) else {}
    nodes = [n for graph in _dicts(document.get("graphs")) for n in _dicts(graph.get("nodes"))]
    return Report(
        path,
        macc=_total(nodes, "macc"),
        weights=_whole(sizes.get("weights")),
        activations=_whole(sizes.get("activations")),
    )


def _dicts(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _total(items: list[Mapping[str, object]], key: str) -> int | None:
    found = [number for item in items if (number := _whole(item.get(key))) is not None]
    return _whole(sum(found)) if found else None


def _whole(value: object) -> int | None:
    return value if type(value) is int and 0 <= value < LARGEST else None
