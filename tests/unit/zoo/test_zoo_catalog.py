"""Finding shipped networks, their samples and their scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinylab.errors import InputError, UnknownName
from tinylab.zoo import catalog


def test_the_catalogue_is_in_the_order_of_the_published_tables() -> None:
    assert catalog.names() == ("house_price", "human_activity", "image_classification")


def test_a_name_finds_the_model_and_a_path_finds_the_file(tmp_path: Path) -> None:
    found = catalog.find("human_activity")
    assert isinstance(found, catalog.CatalogModel)
    assert (found.title, found.default_compression) == ("human activity recognition", "none")
    file = tmp_path / "own.keras"
    file.touch()
    assert catalog.find(str(file)) == file


@pytest.mark.parametrize("name", ["house-price", "House_Price", "houseprice", "house"])
def test_a_near_name_is_suggested(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog.find(name)
    assert "Did you mean house_price?" in caught.value.remedy
    assert "the path of a model file is supported too" in caught.value.remedy


def test_a_missing_file_is_called_a_file() -> None:
    with pytest.raises(UnknownName, match=r"There is no model file nets/gait\.keras"):
        catalog.find("nets/gait.keras")


def test_accuracy_counts_the_largest_output() -> None:
    outputs = np.array([[0.1, 0.9], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]], np.float32)
    assert catalog.score("accuracy", outputs, np.array([1, 0, 0, 1])) == 0.75


def test_r2_is_one_for_the_truth_and_zero_for_the_mean() -> None:
    targets = np.array([1.0, 2.0, 6.0], np.float32)
    assert catalog.score("r2", targets[:, None], targets) == 1.0
    assert catalog.score("r2", np.full((3, 1), 3.0, np.float32), targets) == 0.0


def test_another_metric_is_refused() -> None:
    with pytest.raises(InputError, match="Unknown metric 'f1'"):
        catalog.score("f1", np.zeros((1, 1), np.float32), np.zeros(1))


@pytest.mark.parametrize("name", catalog.names())
def test_every_network_has_an_int8_version_by_name(name: str) -> None:
    plain, quantised = catalog.model(name), catalog.find(f"{name}:int8")
    assert isinstance(quantised, catalog.CatalogModel)
    assert (quantised.name, quantised.number_type) == (f"{name}:int8", "int8")
    assert quantised.title == f"{plain.title}, int8"
    assert (plain.file.name, quantised.file.name) == ("model.keras", "model_int8.tflite")
    assert (quantised.default_compression, quantised.metric) == ("none", plain.metric)
    assert catalog.base_name(quantised.name) == catalog.base_name(name) == name
    assert quantised.card_score() == plain.card["metric"]["int8"]
    assert quantised.card_score("x8") is None
    assert quantised.float_score == plain.card_score()


@pytest.mark.parametrize("name", ["house_price:int4", "House-Price:float16"])
def test_another_type_of_a_network_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog.find(name)
    assert "house_price and house_price:int8" in caught.value.remedy


@pytest.mark.parametrize("name", ["house-price:int8", "houseprice:int8"])
def test_a_near_name_with_a_type_is_suggested(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        catalog.find(name)
    assert "house_price:int8" in caught.value.remedy
