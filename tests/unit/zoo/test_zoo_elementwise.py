"""Constants, activation functions and layers for training, as each version of Keras writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.fakes.keras_files import (
    called,
    dense,
    functional,
    layer,
    numbers,
    sequential,
    write_h5,
    write_keras,
)
from tinylab.errors import ModelFileError
from tinylab.zoo import cost
from tinylab.zoo.execution import reference
from tinylab.zoo.keras import model_file as keras_file
from tinylab.zoo.keras import stock
from tinylab.zoo.operations import Clip

INPUTS = 3 * numbers(5, 4, seed=5)
ONE_TO_FOUR = np.arange(1, 5)
KERNEL, BIAS = numbers(4, 4, seed=1), numbers(4, seed=2)
GIVEN = called(layer("InputLayer", "given", batch_input_shape=[None, 4]))


def run(path: Path, inputs: np.ndarray = INPUTS) -> np.ndarray:
    return reference.run(keras_file.read(path), [inputs])[0]


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        keras_file.read(path)
    assert caught.value.remedy
    return caught.value.message


# Constants among the arguments of a call


def tensor(name: str) -> dict[str, Any]:
    """In the format of Keras 3."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def array(*values: float) -> dict[str, Any]:
    return {"class_name": "__numpy__", "config": {"value": list(values), "dtype": "float32"}}


def operation(kind: str, *arguments: object, **settings: object) -> dict[str, Any]:
    """A model of one operation of Keras 3."""
    entry = {**layer(kind, "op", **settings), "module": "keras.src.ops.numpy"}
    node: dict[str, Any] = {"args": list(arguments), "kwargs": {}}
    entry |= {"registered_name": kind, "name": "op", "inbound_nodes": [node]}
    return functional("net", [GIVEN, entry], ["given", 0, 0], ["op", 0, 0])


X = tensor("given")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (operation("Multiply", X, 2.0), INPUTS * 2),
        (operation("Multiply", array(1, 2, 3, 4), X), INPUTS * ONE_TO_FOUR),
        (operation("Add", X, [[1, 2, 3, 4]]), INPUTS + ONE_TO_FOUR),
        (operation("Subtract", X, 3), INPUTS - 3),
        (operation("Subtract", 3, X), 3 - INPUTS),
        (operation("TrueDivide", X, 8.0), INPUTS / 8),
        (operation("Maximum", -0.5, X), np.maximum(INPUTS, -0.5)),
        (operation("Minimum", X, 0.5), np.minimum(INPUTS, 0.5)),
        (operation("Clip", X, x_min=-1, x_max=2.0), np.clip(INPUTS, -1, 2)),
        (operation("Clip", X, x_min=-1, x_max=1e300), np.maximum(INPUTS, -1)),
        (operation("HardSigmoid", X), np.clip(INPUTS / 6 + 0.5, 0, 1)),
    ],
)
@pytest.mark.parametrize("write", [write_keras, write_h5])
def test_operations_of_keras_3(
    tmp_path: Path, write: Any, config: dict[str, Any], expected: np.ndarray
) -> None:
    path = write(tmp_path / "net", config, {})
    if write is write_h5:
        with h5py.File(path, "a") as file:
            file.attrs["keras_version"] = "3.8.0"
    np.testing.assert_allclose(run(path), expected, rtol=1e-6, atol=1e-6)


def old_operation(function: str, leaf: list[Any]) -> dict[str, Any]:
    """A model of one operation of Keras 2."""
    entry = called(layer("TFOpLambda", f"tf.{function}", function=function, dtype="float32"), leaf)
    return functional("net", [GIVEN, entry], ["given", 0, 0], [f"tf.{function}", 0, 0])


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (old_operation("math.multiply", ["given", 0, 0, {"y": 2.0, "name": None}]), INPUTS * 2),
        (old_operation("math.truediv", ["given", 0, 0, {"y": [1, 2, 3, 4]}]), INPUTS / ONE_TO_FOUR),
        (old_operation("__operators__.add", ["given", 0, 0, {"y": ["given", 0, 0]}]), INPUTS * 2),
        (old_operation("math.subtract", ["_CONSTANT_VALUE", -1, 1.5, {"y": ["given", 0, 0]}]),
         1.5 - INPUTS),
        (old_operation("nn.relu6", ["given", 0, 0, {"name": None}]), np.clip(INPUTS, 0, 6)),
    ],
)  # fmt: skip
def test_operations_of_keras_2(
    tmp_path: Path, config: dict[str, Any], expected: np.ndarray
) -> None:
    path = write_h5(tmp_path / "net.h5", config, {})
    np.testing.assert_allclose(run(path), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (operation("Multiply", X), "layer 'op' (Multiply) combines two tensors"),
        (operation("TrueDivide", X, 0.0), "(TrueDivide) divides by zero"),
        (operation("Add", X, [1, 2, 3]), "has constants of the shape (3,), which do not fit"),
        (operation("Multiply", X, 1e300), "has weights that are not finite numbers"),
        (operation("Maximum", X, [1, 2, 3, 4]), "compares with more than one number"),
        (operation("Clip", X, x_min=2, x_max=1), "(Clip) limits its input to 2.0 and 1.0"),
        (operation("Clip", X, x_min=float("nan"), x_max=1), "(Clip) limits its input to nan"),
        (operation("Maximum", X, 1e300), "layer 'op' (Maximum) limits its input to"),
        (operation("Clip", X, x_min="a", x_max=1), "has a configuration that cannot be used"),
        (
            old_operation("image.resize", ["given", 0, 0, {}]),
            "layer 'tf.image.resize' (TFOpLambda) calls tf.image.resize, which is not supported",
        ),
    ],
)
def test_operations_that_cannot_be_are_told(
    tmp_path: Path, config: dict[str, Any], said: str
) -> None:
    assert said in refusal(write_keras(tmp_path / "net.keras", config, {}))


def test_a_constant_for_each_element_is_applied_to_the_flattened_tensor(tmp_path: Path) -> None:
    values, inputs = numbers(3, 2), numbers(4, 3, 2, seed=9)
    config = operation("Multiply", X, values.tolist())
    config["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 3, 2]
    path = write_keras(tmp_path / "net.keras", config, {})
    np.testing.assert_allclose(run(path, inputs), inputs * values, rtol=1e-6)


# Activation functions


@pytest.mark.parametrize(
    ("version", "slope"), [("1.2", 0.2), ("2.15.0", 0.2), (None, 0.2), ("3.0.1", 1 / 6)]
)
def test_hard_sigmoid_depends_on_the_version_of_keras(
    tmp_path: Path, version: str | None, slope: float
) -> None:
    config = sequential(dense("one", 4, activation="hard_sigmoid"))
    expected = np.clip((INPUTS @ KERNEL + BIAS) * np.float32(slope) + 0.5, 0, 1)
    path = write_h5(tmp_path / "net.h5", config, {"one": [KERNEL, BIAS]})
    if version:
        with h5py.File(path, "a") as file:
            file.attrs["keras_version"] = version
        archive = write_keras(
            tmp_path / "net.keras", config, {"layers/dense": [KERNEL, BIAS]}, version=version
        )
        np.testing.assert_allclose(run(archive), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(run(path), expected, rtol=1e-5, atol=1e-6)
    assert [row.kind for row in cost.rows(keras_file.read(path))][-1] == "Clip"


def test_a_relu_may_have_any_maximum(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "net.keras", sequential(layer("ReLU", "r", max_value=0.75)), {})
    (only,) = keras_file.read(path).layers
    assert only.operation == Clip(0.0, 0.75)
    np.testing.assert_array_equal(run(path), np.clip(INPUTS, 0, np.float32(0.75)))


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("mish", "layer 'one' (Dense) has the activation mish, which is not supported"),
        (layer("LeakyReLU", "l"), "layer 'one' (Dense) has a layer as its activation (LeakyReLU)"),
        (layer("Mine", "m"), "layer 'one' (Dense) has a custom activation"),
    ],
)
def test_activations_that_are_not_supported(tmp_path: Path, activation: Any, said: str) -> None:
    config = sequential(dense("one", 4, activation=activation))
    assert said in refusal(write_keras(tmp_path / "net.keras", config, {}))


# Statistics


@pytest.mark.parametrize(
    ("settings", "mean", "variance"),
    [
        ({"axis": [-1], "mean": [1, 2, 3, 4], "variance": 4.0}, [1, 2, 3, 4], 4.0),
        ({"axis": 1, "mean": array(1, 2, 3, 4), "variance": array(4, 4, 4, 4)}, [1, 2, 3, 4], 4.0),
        ({"axis": None, "mean": 0.5, "variance": 9}, 0.5, 9),
        ({"axis": [], "mean": 0.5, "variance": 0.0}, 0.5, 1e-14),
    ],
)
def test_a_normalization_with_given_statistics(
    tmp_path: Path, settings: dict[str, Any], mean: Any, variance: float
) -> None:
    path = write_keras(
        tmp_path / "net.keras", sequential(layer("Normalization", "n", **settings)), {}
    )
    expected = (INPUTS - np.float32(mean)) / np.sqrt(variance)
    np.testing.assert_allclose(run(path), expected, rtol=1e-5)


def test_a_normalization_with_statistics_of_data(tmp_path: Path) -> None:
    """Three arrays, of which the last is the number of samples."""
    mean, variance = 1000 + numbers(4), 0.5 + np.abs(numbers(4, seed=8))
    config = sequential(layer("Normalization", "n", axis=[-1], mean=None), dense("one", 4))
    arrays = {"n": [mean, variance, np.int64(50)], "one": [KERNEL, BIAS]}
    path = write_h5(tmp_path / "net.h5", config, arrays)
    given = 1000 + INPUTS
    expected = ((given - mean) / np.sqrt(variance)) @ KERNEL + BIAS
    np.testing.assert_allclose(run(path, given), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"axis": 0, "mean": 1.0, "variance": 1.0},
            "layer 'n' (Normalization) normalises the axes",
        ),
        ({"axis": 7, "mean": 1.0, "variance": 1.0}, "normalises the axes (7,)"),
        ({"mean": [1, 2], "variance": [1, 2]}, "has a mean of the shape (2,), not (4,)"),
        ({"mean": [[1, 2, 3, 4]], "variance": 1}, "has a mean of too many dimensions"),
        ({"mean": "a", "variance": 1}, "has settings that are not numbers"),
        ({"mean": 1.0, "variance": -1.0}, "has weights that are not finite numbers"),
    ],
)
def test_statistics_that_cannot_be_are_told(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    config = sequential(layer("Normalization", "n", **settings))
    assert said in refusal(write_keras(tmp_path / "net.keras", config, {}))


# Layers that work in training only


@pytest.mark.parametrize("kind", sorted(stock.TRAINING_ONLY))
def test_layers_for_training_do_nothing(tmp_path: Path, kind: str) -> None:
    config = sequential(layer(kind, "noise"), dense("one", 4))
    path = write_h5(tmp_path / "net.h5", config, {"one": [KERNEL, BIAS]})
    np.testing.assert_allclose(run(path), INPUTS @ KERNEL + BIAS, rtol=1e-5)


def test_the_state_of_a_random_layer_is_ignored(tmp_path: Path) -> None:
    """Keras 2 stores that of the layer's random numbers with the weights."""
    config = sequential(layer("RandomFlip", "flip"), dense("one", 4))
    arrays = {"flip": [np.arange(3)], "one": [KERNEL, BIAS]}
    path = write_h5(tmp_path / "net.h5", config, arrays)
    np.testing.assert_allclose(run(path), INPUTS @ KERNEL + BIAS, rtol=1e-5)


@pytest.mark.parametrize("old", [True, False])
def test_a_layer_called_as_in_training_is_refused(tmp_path: Path, old: bool) -> None:
    arguments = {"training": True}
    node: Any = {"args": [X], "kwargs": arguments}
    entry = called(layer("Dropout", "drop", rate=0.5), [["given", 0, 0, arguments]])
    entry["inbound_nodes"] = entry["inbound_nodes"] if old else [node]
    config = functional("net", [GIVEN, entry], ["given", 0, 0], ["drop", 0, 0])
    path = write_keras(tmp_path / "net.keras", config, {})
    assert refusal(path) == "calls layer 'drop' with training=True."


# Keras' own classes and others


@pytest.mark.parametrize(
    ("kind", "module", "said"),
    [
        ("ConvLSTM2D", "keras.layers", "layer 'x' is of type ConvLSTM2D, which is not supported"),
        ("ConvLSTM2D", None, "layer 'x' is of type ConvLSTM2D, which is not supported"),
        ("Masking", "keras.src.layers.core.masking", "is of type Masking, which is not"),
        ("Sinh", "keras.src.ops.numpy", "layer 'x' is of type Sinh, which is not supported"),
        ("SlicingOpLambda", "tf_keras.layers", "is of type SlicingOpLambda, which is not"),
        ("NewLayer", "keras.layers", "layer 'x' is of type NewLayer, which is not supported"),
        ("NewLayer", None, "layer 'x' is the custom object 'NewLayer'"),
        ("Dense", "mine.layers", "layer 'x' is the custom object 'Dense'"),
        ("Dense", "keras_hub.layers", "layer 'x' is the custom object 'Dense'"),
        ("Lambda", "keras.layers", "layer 'x' contains Python code (Lambda)"),
    ],
)
def test_only_what_keras_lacks_is_called_custom(
    tmp_path: Path, kind: str, module: str | None, said: str
) -> None:
    entry = {**layer(kind, "x"), "module": module}
    message = refusal(write_keras(tmp_path / "net.keras", sequential(entry), {}))
    assert said in message
    assert "\n" not in message


def test_the_remedy_does_not_list_every_layer(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "net.keras", sequential(layer("ConvLSTM2D", "x")), {})
    with pytest.raises(ModelFileError) as caught:
        keras_file.read(path)
    assert len(caught.value.remedy or "") < 100
    assert "docs/layers.md" in (caught.value.remedy or "")
