"""`tinylab models`: the catalogue's networks, or the layers of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from tinylab.cli.explain import explain
from tinylab.cli.keras_check import check_with_keras
from tinylab.cli.output import print_json, print_listing
from tinylab.errors import ExitCode
from tinylab.units import size
from tinylab.zoo import catalog, cost
from tinylab.zoo.load import load, load_many
from tinylab.zoo.network import Network, Shape


def models(arguments: argparse.Namespace) -> int:
    """Lists the catalogue, or describes the network that was named."""
    if arguments.model is None:
        return _catalogue(arguments.json)
    found = catalog.find(arguments.model)
    source = found if isinstance(found, Path) else found.file
    title = found.stem if isinstance(found, Path) else found.title
    if arguments.check_with_keras:
        return check_with_keras(source, arguments)
    if arguments.explain:
        default = "none" if isinstance(found, Path) else found.default_compression
        return explain(title, load(source), default, arguments)
    return _network(title, load(source), arguments.json)


def _catalogue(as_json: bool) -> int:
    shipped = [catalog.model(name) for name in catalog.every_name()]
    networks = load_many([model.file for model in shipped])
    if as_json:
        print_json(
            [
                {"name": model.name, "title": model.title, **_totals(network)}
                | {"default_compression": model.default_compression}
                | {"metric": dict(model.card["metric"]), "folder": str(model.folder)}
                | {"number_type": model.number_type, "file": str(model.file)}
                | {"held_out": _held_out(model)}
                for model, network in zip(shipped, networks, strict=True)
            ]
        )
        return ExitCode.OK
    print_listing(
        ("model", "predicts", "input", "parameters", "MACC", "weights", "type", "as", "held-out"),
        (
            (
                model.name,
                model.title,
                _shape(network.input_shape),
                f"{cost.parameters(network):,}",
                f"{cost.macc(network):,}",
                size(cost.weights_bytes(network)),
                model.number_type,
                model.default_compression,
                _quality(model),
            )
            for model, network in zip(shipped, networks, strict=True)
        ),
        right="parameters MACC weights",
    )
    return ExitCode.OK


def _network(title: str, network: Network, as_json: bool) -> int:
    rows = cost.rows(network)
    if as_json:
        layers = [
            {
                "name": row.name,
                "kind": row.kind,
                "shape": list(row.shape),
                "parameters": row.parameters,
                "macc": row.macc,
            }
            for row in rows
        ]
        notes = list(network.notes)
        print_json({"title": title, **_totals(network), "layers": layers, "notes": notes})
        return ExitCode.OK
    lines = [
        (row.name, row.kind, _shape(row.shape), f"{row.parameters:,}", f"{row.macc:,}")
        for row in rows
    ]
    totals = (f"{cost.parameters(network):,}", f"{cost.macc(network):,}")
    print_listing(
        ("layer", "kind", "shape", "parameters", "MACC"),
        [("input", "", _shape(network.input_shape), "", ""), *lines, (title, "total", "", *totals)],
        right="parameters MACC",
    )
    for note in network.notes:
        print(note)
    return ExitCode.OK


def _quality(model: catalog.CatalogModel) -> str:
    """`accuracy 0.918`, on the samples held out in training."""
    return f"{model.metric} {model.card_score():.3f}"


def _held_out(model: catalog.CatalogModel) -> dict[str, object]:
    """The score on the samples held out in training, and that of the float network."""
    return {
        "metric": model.metric,
        "score": model.card_score(),
        "float": model.float_score,
        "samples": model.held_out_samples,
    }


def _totals(network: Network) -> dict[str, object]:
    return {
        "input_shape": list(network.input_shape),
        "output_shape": list(network.output_shape),
        "parameters": cost.parameters(network),
        "macc": cost.macc(network),
        "weights_bytes": cost.weights_bytes(network),
        "sha256": network.sha256,
    }


def _shape(shape: Shape) -> str:
    """`28 x 28 x 1`"""
    return " x ".join(map(str, shape))
