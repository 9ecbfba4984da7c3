"""Reading .keras and .h5 without Keras: both dialects, and what a file may not do."""

from __future__ import annotations

import json
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
from tinylab.zoo import load
from tinylab.zoo.execution import reference
from tinylab.zoo.keras import model_file as keras_file
from tinylab.zoo.operations import Dense
from tinylab.zoo.processes import loading_process

KERNEL, BIAS = numbers(4, 4, seed=1), numbers(4, seed=2)
OTHER, OFFSET = numbers(4, 4, seed=3), numbers(4, seed=4)
INPUTS = numbers(3, 4, seed=5)


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        keras_file.read(path)
    assert caught.value.remedy
    return caught.value.message


def run(path: Path) -> np.ndarray:
    return reference.run(keras_file.read(path), [INPUTS])[0]


def nested_of_keras_2(**inner: object) -> dict[str, Any]:
    """given -> pair (first, second) -> pair once more."""
    pair = functional(
        "pair",
        [
            called(layer("InputLayer", "inside", batch_input_shape=[None, 4])),
            called(dense("first", 4, **inner), [["inside", 0, 0, {}]]),
            called(dense("second", 4), [["first", 0, 0, {}]]),
        ],
        ["inside", 0, 0],
        ["second", 0, 0],
    )
    return functional(
        "whole",
        [
            called(layer("InputLayer", "given", batch_input_shape=[None, 4])),
            called(pair, [["given", 0, 0, {}]], [["pair", 1, 0, {}]]),
        ],
        ["given", 0, 0],
        ["pair", 2, 0],
    )


def twice(x: np.ndarray) -> np.ndarray:
    for _ in range(2):
        x = (x @ KERNEL + BIAS) @ OTHER + OFFSET
    return x


def test_a_model_of_keras_2_inside_another_is_called_as_the_file_says(tmp_path: Path) -> None:
    path = write_h5(
        tmp_path / "net.h5", nested_of_keras_2(), {"pair": [KERNEL, BIAS, OTHER, OFFSET]}
    )
    np.testing.assert_allclose(run(path), twice(INPUTS), rtol=1e-5)


def test_frozen_arrays_of_an_inner_model_come_after_the_others(tmp_path: Path) -> None:
    config = nested_of_keras_2(trainable=False)
    path = write_h5(tmp_path / "net.h5", config, {"pair": [OTHER, OFFSET, KERNEL, BIAS]})
    np.testing.assert_allclose(run(path), twice(INPUTS), rtol=1e-5)


def test_archives_count_the_layers_of_each_class(tmp_path: Path) -> None:
    path = write_keras(
        tmp_path / "net.keras",
        nested_of_keras_2(),
        {
            "layers/functional/layers/dense": [KERNEL, BIAS],
            "layers/functional/layers/dense_1": [OTHER, OFFSET],
        },
    )
    np.testing.assert_allclose(run(path), twice(INPUTS), rtol=1e-5)


def test_a_layer_that_two_models_share_is_stored_once(tmp_path: Path) -> None:
    shared = {**dense("both", 4), "shared_object_id": 7}
    inner = sequential(shared)
    path = write_keras(
        tmp_path / "net.keras", sequential(shared, inner), {"layers/dense": [KERNEL, BIAS]}
    )
    once = INPUTS @ KERNEL + BIAS
    np.testing.assert_allclose(run(path), once @ KERNEL + BIAS, rtol=1e-5)


@pytest.mark.parametrize("group", [r"layers\dense", "_layer_checkpoint_dependencies/dense"])
def test_archives_of_keras_2_from_windows_and_of_2_13_are_read(tmp_path: Path, group: str) -> None:
    path = write_keras(tmp_path / "net.keras", sequential(dense("one", 4)), {group: [KERNEL, BIAS]})
    np.testing.assert_allclose(run(path), INPUTS @ KERNEL + BIAS, rtol=1e-5)


def test_the_first_layer_may_say_the_shape_of_the_input(tmp_path: Path) -> None:
    """As Keras before 2.4 did, where a Sequential model was no more than a list before 2.2.3."""
    layers = [dense("a/b", 4, batch_input_shape=[None, 4])]
    named = {"class_name": "Sequential", "config": {"name": "old", "layers": layers}}
    bare = {"class_name": "Sequential", "config": layers}
    for number, config in enumerate((named, bare)):
        path = write_h5(tmp_path / f"{number}.h5", config, {"a/b": [KERNEL, BIAS]})
        np.testing.assert_allclose(run(path), INPUTS @ KERNEL + BIAS, rtol=1e-5)


def test_truth_values_may_be_numbers(tmp_path: Path) -> None:
    """As Keras saves them where a program gave 0 or 1."""
    arrays = {"norm": [BIAS, OFFSET, np.ones(4, np.float32)]}
    entry = layer("BatchNormalization", "norm", scale=0, epsilon=0.0)
    path = write_h5(tmp_path / "net.h5", sequential(entry), arrays)
    np.testing.assert_allclose(run(path), INPUTS - OFFSET + BIAS, rtol=1e-5, atol=1e-6)
    wrong = sequential(layer("BatchNormalization", "norm", scale=2))
    path = write_h5(tmp_path / "wrong.h5", wrong, {"norm": [BIAS, *arrays["norm"]]})
    assert "cannot be used: layer 'norm'" in refusal(path)


def test_a_model_may_say_the_shape_that_it_was_built_for(tmp_path: Path) -> None:
    """As Keras 2.13 to 2.15 do for a Sequential model that was built by its first call."""
    config = {"name": "late", "layers": [dense("one", 4)]}
    built = {
        "class_name": "Sequential",
        "config": config,
        "build_config": {"input_shape": [None, 4]},
    }
    path = write_keras(tmp_path / "net.keras", built, {"layers/dense": [KERNEL, BIAS]})
    np.testing.assert_allclose(run(path), INPUTS @ KERNEL + BIAS, rtol=1e-5)


def test_many_names_are_kept_in_parts(tmp_path: Path) -> None:
    path = write_h5(
        tmp_path / "net.h5",
        sequential(dense("one", 4), dense("two", 4)),
        {"one": [KERNEL, BIAS], "two": [OTHER, OFFSET]},
    )
    with h5py.File(path, "a") as file:
        group = file["model_weights"]
        del group.attrs["layer_names"]
        group.attrs["layer_names0"], group.attrs["layer_names1"] = ["one"], ["two"]
    first, second = (one.operation for one in keras_file.read(path).layers)
    assert isinstance(first, Dense)
    assert isinstance(second, Dense)
    np.testing.assert_array_equal(first.weights, KERNEL)
    np.testing.assert_array_equal(second.weights, OTHER)


def test_weights_of_another_type_become_float32(tmp_path: Path) -> None:
    arrays = [KERNEL.astype(np.float64), np.arange(4)]
    path = write_h5(tmp_path / "net.h5", sequential(dense("one", 4)), {"one": arrays})
    operation = keras_file.read(path).layers[0].operation
    assert isinstance(operation, Dense)
    assert operation.weights.dtype == operation.bias.dtype == np.float32
    np.testing.assert_array_equal(operation.bias, [0, 1, 2, 3])


# What does not fit


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({}, "contains the weights of 0 layers, not of 1"),
        ({"one": [KERNEL]}, "layer 'one' has 1 arrays of weights, not 2"),
        ({"one": [KERNEL[:3], BIAS]}, "layer 'one' has the shape (3, 4) instead of (4, 4)"),
        ({"one": [KERNEL, BIAS], "two": [BIAS]}, "the weights of 2 layers, not of 1"),
        ({"one": [KERNEL, np.array([b"a"] * 4)]}, "the weights of layer 'one' are not numbers"),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_told(
    tmp_path: Path, arrays: dict[str, list[np.ndarray]], said: str
) -> None:
    assert said in refusal(write_h5(tmp_path / "n.h5", sequential(dense("one", 4)), arrays))


def test_missing_weights_of_an_archive_are_told(tmp_path: Path) -> None:
    path = write_keras(tmp_path / "net.keras", sequential(dense("one", 4)), {})
    assert refusal(path) == "layer 'one' has 0 arrays of weights, not 2."


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (dense("one", 0), "has a configuration that cannot be used: layer 'one'"),
        (layer("Dense", "one", units="4"), "has a configuration that cannot be used: layer 'one'"),
        (layer("Conv2D", "c", filters=1, kernel_size=2), "has an input of the shape (4,)"),
        (layer("MaxPooling1D", "m"), "layer 'm' (MaxPooling1D) has an input of the shape (4,)"),
        (layer("Reshape", "r", target_shape=[-1, -1]), "layer 'r' (Reshape) reshapes to (-1, -1)"),
        (layer("Reshape", "r", target_shape=[3, -1]), "a different number of elements"),
    ],
)
def test_settings_that_cannot_be_are_told(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    assert said in refusal(write_keras(tmp_path / "net.keras", sequential(entry), {}))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (layer("MaxPooling2D", "m", pool_size=[2, 2, 2]), "has invalid sizes: (2, 2, 2)"),
        (layer("MaxPooling2D", "m", pool_size=0), "has invalid sizes: 0"),
        (layer("ZeroPadding2D", "z", padding=[[1, 1], [-1, 0]]), "has invalid sizes"),
    ],
)
def test_sizes_that_cannot_be_are_told(tmp_path: Path, entry: dict[str, Any], said: str) -> None:
    config = sequential(entry, shape=(6, 6, 2))
    assert said in refusal(write_keras(tmp_path / "net.keras", config, {}))


def chained(last: list[Any], *, names: tuple[str, str] = ("one", "two")) -> dict[str, Any]:
    """given -> one -> two, with the calls of `one` as they are given."""
    return functional(
        "net",
        [
            called(layer("InputLayer", "given", batch_shape=[None, 4])),
            called(layer("ReLU", names[0]), [last]),
            called(layer("ReLU", names[1]), [["one", 0, 0, {}]]),
        ],
        ["given", 0, 0],
        ["two", 0, 0],
    )


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (chained(["two", 0, 0, {}]), "has a loop or a dead end at layer"),
        (chained(["one", 0, 0, {}]), "has a loop or a dead end at layer 'one'"),
        (chained(["given", 7, 0, {}]), "has a loop or a dead end at layer 'given'"),
        (chained(["nobody", 0, 0, {}]), "has a damaged configuration"),
        (chained(["given", 0, 1, {}]), "has a damaged configuration"),
        (chained(["given", 0, 0, {}], names=("two", "two")), "has a damaged configuration"),
    ],
)
def test_graphs_that_lead_nowhere_are_refused(
    tmp_path: Path, config: dict[str, Any], said: str
) -> None:
    assert said in refusal(write_keras(tmp_path / "net.keras", config, {}))


def test_models_inside_models_may_not_grow_without_end(tmp_path: Path) -> None:
    """Twenty models, each of which calls the next one twice."""
    model = sequential(layer("ReLU", "last"))
    for number in range(20):
        model["config"]["name"] = f"m{number}"
        model = functional(
            f"m{number + 1}",
            [
                called(layer("InputLayer", "given", batch_shape=[None, 4])),
                called(model, [["given", 0, 0, {}]], [[f"m{number}", 1, 0, {}]]),
            ],
            ["given", 0, 0],
            [f"m{number}", 2, 0],
        )
    path = write_keras(tmp_path / "net.keras", model, {})
    assert refusal(path) == "has more than 2,000 layers."


# What a file may not do


def test_a_group_that_contains_itself_is_refused(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "net.h5", sequential(dense("one", 4)), {"one": [KERNEL, BIAS]})
    with h5py.File(path, "a") as file:
        file["model_weights/again"] = file["model_weights"]
    assert refusal(path) == "contains 'again' twice."


def test_weights_that_are_only_declared_take_no_memory(tmp_path: Path) -> None:
    path = write_h5(tmp_path / "net.h5", sequential(dense("one", 4)), {"one": [KERNEL, BIAS]})
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps(sequential(dense("one", 8_000_000)))
        group = file["model_weights/one/one"]
        del group["0:0"]
        group.create_dataset("0:0", (4, 8_000_000), "f4", chunks=(4, 8000), compression="gzip")
    assert "declares the weights of layer 'one', but does not contain them" in refusal(path)


@pytest.mark.parametrize(
    "config", [{"class_name": ["Dense"]}, {"class_name": "Dense", "module": 1}]
)
def test_names_that_are_no_names_are_damage(tmp_path: Path, config: dict[str, Any]) -> None:
    path = write_keras(tmp_path / "net.keras", sequential(config), {})
    assert refusal(path) == "has a damaged configuration."


# What reading takes


def test_the_loading_process_imports_neither_tensorflow_nor_keras(tmp_path: Path) -> None:
    models = load.paths.models()
    files = [
        models / "house_price" / "model.keras",
        models / "house_price" / "model.tflite",
        write_h5(tmp_path / "net.h5", sequential(dense("one", 4)), {"one": [KERNEL, BIAS]}),
    ]
    module = loading_process.COMMAND[loading_process.COMMAND.index("-P") :]
    command = (
        loading_process.COMMAND[0],
        "-X",
        "importtime",
        *module,
        str(tmp_path),
        *map(str, files),
    )
    ended = loading_process.run(command, tmp_path, load.never, 60)
    assert (ended.code, sorted(path.name for path in tmp_path.glob("*.npz"))) == (
        0,
        ["0.npz", "1.npz", "2.npz"],
    )
    lines = (tmp_path / "printed").read_text().splitlines()
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in lines}
    assert {"numpy", "h5py", "tflite"} <= imported
    assert not {"tensorflow", "keras", "tf_keras"} & imported
