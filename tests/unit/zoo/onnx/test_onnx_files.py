"""ONNX files are found, recognised, read within limits, and refused with a reason."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto

from tests.fakes.onnx import operators, quantised
from tests.fakes.onnx.files import model, node, numbers, read, whole
from tests.fakes.onnx.operators import one
from tinylab.errors import ModelFileError
from tinylab.zoo import load, signatures
from tinylab.zoo.onnx import model_file
from tinylab.zoo.signatures import Format


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))
    made = tmp_path / "models"
    made.mkdir()
    return made


def dense() -> onnx.ModelProto:
    return one("Gemm", ("N", 4), w=numbers(4, 300), b=numbers(300))


@pytest.mark.parametrize("name", ["net.onnx", "net", "net.bin"])
def test_a_file_is_recognised_under_any_name(folder: Path, name: str) -> None:
    path = folder / name
    path.write_bytes(dense().SerializeToString())
    assert signatures.of_file(path) is Format.ONNX
    assert load.load(path).output_shape == (300,)


def test_a_file_that_ends_early_is_damaged(folder: Path) -> None:
    path = folder / "net.onnx"
    content = dense().SerializeToString()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelFileError, match=r"net.onnx: is damaged or not a complete .onnx file"):
        load.load(path)


def external(folder: Path, name: str = "net.onnx") -> Path:
    """A model whose weights are in a file beside it, as PyTorch writes it."""
    path = folder / name
    onnx.save_model(
        dense(), path, save_as_external_data=True, location=f"{name}.data", size_threshold=0
    )
    return path


def test_weights_in_a_file_beside_the_model_are_read(folder: Path) -> None:
    network = load.load(external(folder))
    np.testing.assert_array_equal(vars(network.layers[0].operation)["weights"], numbers(4, 300))


def test_other_weights_beside_the_same_model_make_another_network(folder: Path) -> None:
    path = external(folder)
    before = load.load(path)
    data = path.with_name("net.onnx.data")
    data.write_bytes(bytes(data.stat().st_size))
    after = load.load(path)
    assert after.sha256 != before.sha256
    assert not vars(after.layers[0].operation)["weights"].any()


def test_missing_weights_are_named(folder: Path) -> None:
    path = external(folder)
    path.with_name("net.onnx.data").unlink()
    with pytest.raises(ModelFileError, match=r"in another file, 'net.onnx.data', which is not"):
        load.load(path)


def test_weights_that_end_early_are_named(folder: Path) -> None:
    path = external(folder)
    path.with_name("net.onnx.data").write_bytes(b"12")
    with pytest.raises(ModelFileError, match=r"has \d bytes for '\w' in the file"):
        load.load(path)


@pytest.mark.parametrize("place", ["../secret.data", "/etc/passwd", "sub/net.data", "", ".."])
def test_weights_in_another_folder_are_not_read(folder: Path, place: str) -> None:
    path = external(folder)
    (folder.parent / "secret.data").write_bytes(bytes(10_000))
    made = onnx.load(path, load_external_data=False)
    for constant in made.graph.initializer:
        for entry in constant.external_data:
            entry.value = place if entry.key == "location" else entry.value
    path.write_bytes(made.SerializeToString())
    with pytest.raises(ModelFileError, match="which is not beside it"):
        load.load(path)


def changed(change: Callable[[Any], object]) -> onnx.ModelProto:
    made = dense()
    change(made)
    return made


def with_domain() -> onnx.ModelProto:
    return model([node("Clever", "x", "y", domain="my.own")], {"x": (1, 3)}, ["y"])


REFUSED: dict[str, tuple[Callable[[], onnx.ModelProto], str, str]] = {
    "old operator set": (
        lambda: changed(lambda made: setattr(made.opset_import[0], "version", 6)),
        "has the operator set 6 of ONNX",
        "convert_version",
    ),
    "future operator set": (
        lambda: changed(lambda made: setattr(made.opset_import[0], "version", 999)),
        "has the operator set 999 of ONNX",
        "convert_version",
    ),
    "operator of nobody": (
        with_domain,
        "has the operator Clever 'y' of the domain 'my.own', which is not supported",
        "docs/layers.md",
    ),
    "trees": (
        lambda: one("TreeEnsembleRegressor", (1, 3), domain="ai.onnx.ml"),
        "has the operator TreeEnsembleRegressor 'y'",
        "tree ensemble is no neural network",
    ),
    "vectors": (
        lambda: one("SVMRegressor", (1, 3), domain="ai.onnx.ml"),
        "has the operator SVMRegressor 'y'",
        "support vector machine is no neural network",
    ),
    "dynamic quantisation": (
        lambda: one("DynamicQuantizeLinear", (1, 3)),
        "has the operator DynamicQuantizeLinear",
        "quantize_static",
    ),
    "batch of two": (
        lambda: one("Relu", (2, 3)),
        r"has the input 'x' of the shape \(2, 3\), not a batch of 1",
        "batch of 1",
    ),
    "open dimension": (
        lambda: one("Relu", ("N", "length", 3)),
        r"has the input 'x' of the shape \(N, length, 3\)",
        "fixed dimensions",
    ),
    "integers as input": (
        lambda: model(
            [node("Relu", "x", "y")], {"x": (1, 3)}, ["y"], types={"x": TensorProto.INT32}
        ),
        "has the input 'x' of int32 numbers",
        "float numbers",
    ),
    "two computed factors": (
        lambda: model([node("MatMul", "x x", "y")], {"x": (1, 1)}, ["y"]),
        "has the operator MatMul 'y' with a computed input 'x'",
        "a constant of the file",
    ),
    "written twice": (
        lambda: model([node("Relu", "x", "y"), node("Tanh", "x", "y")], {"x": (1, 3)}, ["y"]),
        "writes the tensor 'y' twice",
        "again",
    ),
    "never written": (
        lambda: model([node("Add", "x z", "y")], {"x": (1, 3)}, ["y"]),
        "reads 'z', a tensor that no operator before it writes",
        "again",
    ),
    "weights of another size": (
        lambda: one("Gemm", (1, 5), w=numbers(4, 3)),
        "has the operator Gemm 'y' with weights for 4 inputs",
        "docs/layers.md",
    ),
    "constant too large": (
        lambda: model(
            [node("ConstantOfShape", "s", "c"), node("Add", "x c", "y")],
            {"x": (1, 3)},
            ["y"],
            {"s": whole(1 << 20, 1 << 20)},
        ),
        "computes a constant of the shape",
        "fits no microcontroller",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_refused_by_name(name: str, tmp_path: Path) -> None:
    make, message, remedy = REFUSED[name]
    with pytest.raises(ModelFileError, match=message) as caught:
        read(make(), tmp_path)
    assert remedy in caught.value.remedy


def test_a_scale_that_is_no_number_is_refused(tmp_path: Path) -> None:
    made = quantised.MODELS["QLinearConv"]("int8")
    for constant in made.graph.initializer:
        if constant.name == "ys":
            constant.CopyFrom(onnx.numpy_helper.from_array(np.array(np.nan, np.float32), "ys"))
    with pytest.raises(ModelFileError, match="a scale that is no positive number"):
        read(made, tmp_path)


@pytest.fixture(scope="module")
def contents() -> list[bytes]:
    made = [operators.MODELS[name]() for name in ("computed shape", "residual", "classifier")]
    made.append(quantised.MODELS["QLinearConv"]("uint8"))
    return [one.SerializeToString() for one in made]


@settings(max_examples=150)
@given(data=st.data())
def test_any_damage_is_a_network_or_a_message(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(contents)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.onnx"
    path.write_bytes(content)
    with contextlib.suppress(ModelFileError):
        assert model_file.read(path).layers
