"""The shipped models are what their cards say."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.tflite.files import interpreted
from tinylab.zoo import catalog, cost, load
from tinylab.zoo.execution import reference
from tinylab.zoo.operations import Dense, Function

NAMES = catalog.names()
REQUIRED = {"house_price": 0.80, "human_activity": 0.95, "image_classification": 0.91}
"""R2 or accuracy on held-out data."""


@pytest.fixture(scope="module", autouse=True)
def loaded_at_once() -> None:
    """All shipped networks by one process, so that TensorFlow starts once."""
    load.load_many([catalog.model(name).keras for name in catalog.names()])


@pytest.mark.parametrize("name", NAMES)
def test_the_card_describes_the_files_beside_it(name: str) -> None:
    model = catalog.model(name)
    for file, entry in model.card["files"].items():
        content = (model.folder / file).read_bytes()
        assert len(content) == entry["bytes"], file
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], file
    network = load.load(model.keras)
    assert model.card["parameters"] == cost.parameters(network)
    assert model.card["macc"] == cost.macc(network)


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_where_from_and_how_again(name: str) -> None:
    card = catalog.model(name).card
    for key in ("predicts", "input", "output", "data", "data_source", "data_licence", "split"):
        assert card[key], key
    script = card["retrain"].split("python ")[1].split()[0]
    assert (Path(catalog.paths.models()).parent / script).is_file()
    assert card["metric"]["float"] >= REQUIRED[name]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["keras", "tflite"])
def test_golden_outputs_are_reproduced(name: str, suffix: str) -> None:
    model = catalog.model(name)
    golden = catalog.golden(model)
    outputs = reference.run(load.load(model.folder / f"model.{suffix}"), [golden.inputs])[0]
    np.testing.assert_allclose(outputs, golden.outputs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_golden_samples_score_near_the_card(name: str) -> None:
    """200 of the held-out samples: close to the figure that all of them gave."""
    model = catalog.model(name)
    golden = catalog.golden(model)
    assert len(golden.inputs) == len(golden.outputs) == len(golden.targets) == 200
    score = catalog.score(model.metric, golden.outputs, golden.targets)
    assert score == pytest.approx(model.card["metric"]["float"], abs=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_int8_versions_equal_litert_to_the_bit_and_score_near_the_card(name: str) -> None:
    """On the shipped samples: every output as LiteRT's reference kernels give it."""
    model = catalog.model(f"{name}:int8")
    golden = catalog.golden(model)
    network = load.load(model.file)
    [outputs] = reference.run(network, [golden.inputs])
    taken, given = network.inputs[0].type, network.layers[-1].type
    content = model.file.read_bytes()
    for sample, output in list(zip(golden.inputs, outputs, strict=True))[:20]:
        [expected] = interpreted(content, taken.encode(sample[None]))
        np.testing.assert_array_equal(given.decode(expected)[0], output)
    score = catalog.score(model.metric, outputs, golden.targets)
    assert score == pytest.approx(model.card_score(), abs=0.05)


def test_the_published_architectures_are_kept() -> None:
    def layers(name: str) -> list[tuple[str, tuple[int, ...]]]:
        network = load.load(catalog.model(name).keras)
        return [(row.kind, row.shape) for row in cost.rows(network)]

    units = (19, 19, 38, 38, 38, 19, 19, 19, 19, 8, 1)
    assert layers("house_price") == [(kind, (n,)) for n in units for kind in ("Dense", "ReLU")]
    assert [kind for kind, _ in layers("image_classification")] == [
        "Conv2D", "ReLU", "MaxPooling2D", "Dropout", "Conv2D", "ReLU", "MaxPooling2D", "Dropout",
        "Reshape", "Dense", "ReLU", "Dropout", "Dense", "Softmax",
    ]  # fmt: skip


def test_the_house_price_network_is_alive() -> None:
    """ReLU on the last layer must not have died: prices differ, and none is zero."""
    outputs = catalog.golden(catalog.model("house_price")).outputs
    assert outputs.min() > 0
    assert outputs.std() > 0.1


def test_only_the_image_network_asks_for_compression() -> None:
    wanted = {name: catalog.model(name).default_compression for name in NAMES}
    assert wanted == {"house_price": "none", "human_activity": "none", "image_classification": "x8"}
    network = load.load(catalog.model("image_classification").keras)
    largest = max(
        layer.operation.weights.size
        for layer in network.layers
        if isinstance(layer.operation, Dense)
    )
    assert largest == 401_408


def test_outputs_of_the_classifiers_are_probabilities() -> None:
    for name in ("human_activity", "image_classification"):
        network = load.load(catalog.model(name).tflite)
        assert network.layers[-1].operation.function is Function.SOFTMAX
        sums = catalog.golden(catalog.model(name)).outputs.sum(-1)
        np.testing.assert_allclose(sums, 1.0, rtol=1e-5)
