"""docs/layers.md lists what the readers' tables contain."""

from __future__ import annotations

import re
from pathlib import Path

from tinylab.zoo.keras import activations, layers, stock
from tinylab.zoo.onnx import companions, folding, quantised
from tinylab.zoo.onnx import operators as onnx_operators
from tinylab.zoo.tflite import operators, shape_arithmetic, shaping

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "layers.md").read_text(encoding="utf-8")
KERAS, _, REST = PAGE.partition("## TensorFlow Lite")
TFLITE, _, REST = REST.partition("## ONNX")
ONNX, _, _ = REST.partition("## Quantised")


def first_column(text: str) -> list[str]:
    """The names in the first column of a table."""
    rows = re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_every_keras_layer_is_on_the_page_once() -> None:
    _, _, training = KERAS.partition("These layers work in training only.")
    in_training = re.findall(r"`([A-Z]\w+)`", training)
    assert sorted(first_column(KERAS)) == sorted(stock.READ - stock.TRAINING_ONLY)
    assert sorted(in_training) == sorted(stock.TRAINING_ONLY)


def test_the_layers_that_are_read_are_those_that_the_scan_accepts() -> None:
    assert set(layers.KINDS) | {"InputLayer"} == stock.READ
    assert not stock.READ & stock.NOT_READ


def test_every_activation_is_on_the_page() -> None:
    (row,) = re.findall(r"^\| `Activation` \| (.+); as in every layer \|", KERAS, re.MULTILINE)
    assert sorted(row.split(", ")) == sorted(activations.NAMES)


def test_every_operator_is_on_the_page_once() -> None:
    assert sorted(first_column(TFLITE)) == sorted(operators.KINDS)
    (computed,) = re.findall(r"\(((?:`[A-Z0-9_]+`,\s)+)on whole numbers\)", TFLITE)
    assert set(re.findall(r"`(\w+)`", computed)) == set(shape_arithmetic.KINDS)


def test_every_fused_activation_is_on_the_page() -> None:
    (named,) = re.findall(r"The fused activations (.+) are supported", TFLITE)
    assert len(re.split(r", | and ", named)) == len(shaping.FUSED) - 1  # without NONE


def test_every_operator_of_onnx_is_on_the_page_once() -> None:
    known = {*onnx_operators.KINDS, *onnx_operators.CLASSIC, *quantised.FORMS}
    assert sorted(first_column(ONNX)) == sorted(known)
    (computed,) = re.findall(r"when the file is read\s\(((?:`\w+`,?\s?)+)\)", ONNX)
    assert sorted(re.findall(r"`(\w+)`", computed)) == sorted(folding.KINDS)


def test_the_endings_of_files_beside_an_onnx_file_are_on_the_page() -> None:
    assert all(f"`{ending}`" in ONNX for ending in companions.ENDINGS)
