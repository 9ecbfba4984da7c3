"""`tinylab verify` of ST's code, by its stand-in, through the observer of its library."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.cubeai import StandIn
from tests.unit.test_schemas import check
from tinylab.cli.main import main
from tinylab.zoo import catalog, load
from tinylab.zoo.network import Layer, Network
from tinylab.zoo.operations import Dense

WB = "sim:nucleo_wb55rg@64"

Verify = Callable[..., tuple[int, dict[str, Any]]]


def keras(name: str) -> Network:
    found = catalog.find(name)
    assert isinstance(found, catalog.CatalogModel)
    return load.load(found.keras)


@pytest.fixture(scope="module")
def house() -> Network:
    return keras("house_price")


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Compares ST's code with a model of the catalogue; the exit code and the row."""

    def run(standin: StandIn, model: str = "house_price") -> tuple[int, dict[str, Any]]:
        folder = standin.write(tmp_path / "st")
        words = [model, "--cubeai-dir", str(folder), "--on", WB, "--inputs", "2"]
        code = main(["verify", *words, "--json"])
        document = json.loads(capsys.readouterr().out)
        check("verify.schema.json", document)
        [row] = document["rows"]
        return code, row

    return run


@pytest.mark.parametrize(("interface", "version"), [("ai_5", (6, 0, 0)), ("ai_7", (7, 3, 0))])
def test_every_node_is_a_layer_and_agrees(
    verify: Verify, house: Network, interface: str, version: tuple[int, int, int]
) -> None:
    """The stand-in's nodes have their activation functions in them."""
    code, row = verify(StandIn(house, interface, version, observed=True))
    assert (code, row["agrees"], row["samples"]) == (0, True, 2)
    assert row["identity"]["runtime"] == "cubeai"
    assert [layer["node"] for layer in row["layers"]] == [
        "dense", *(f"dense_{number}" for number in range(1, 11))
    ]  # fmt: skip
    names = [layer["layers"][0] for layer in row["layers"]]
    assert names == [f"{layer['node']}_nl" for layer in row["layers"]]


def test_layers_that_do_nothing_are_no_nodes(verify: Verify) -> None:
    """A dropout and a flatten are behind the second convolution."""
    code, row = verify(StandIn(keras("human_activity"), observed=True), "human_activity")
    layers = [layer["layers"] for layer in row["layers"]]
    assert code == 0
    assert layers == [["conv1d_nl"], ["conv1d_1_nl"], ["dense_nl"], ["dense_1"], ["dense_1_nl"]]


def changed(layer: Layer) -> Layer:
    """With one weight more by 1, if it is `dense_4`."""
    if layer.name != "dense_4":
        return layer
    assert isinstance(layer.operation, Dense)
    weights = np.array(layer.operation.weights)
    weights[:, 3] += 1.0
    return replace(layer, operation=replace(layer.operation, weights=weights))


def test_the_first_node_that_departs_is_named(verify: Verify, house: Network) -> None:
    wrong = replace(house, layers=tuple(map(changed, house.layers)))
    code, row = verify(StandIn(wrong, observed=True))
    assert (code, row["first"]) == (6, 5)
    assert (row["layers"][4]["node"], row["layers"][4]["layers"]) == ("dense_4", ["dense_4_nl"])
    assert row["layers"][4]["largest"]["index"] == [3]


@pytest.mark.parametrize(
    ("standin", "said"),
    [
        ({}, "no observer"),
        ({"interface": "stai", "version": (10, 1, 0)}, "stai"),
    ],
)
def test_code_that_cannot_be_observed_is_refused(
    verify: Verify, house: Network, standin: dict[str, Any], said: str
) -> None:
    code, row = verify(StandIn(house, **standin))
    assert code == 4
    assert row["error"]["kind"] == "cubeai_code"
    assert said in row["error"]["message"]
    assert row["layers"] == []
