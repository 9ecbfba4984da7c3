"""Inputs and outputs as bytes, and back."""

import numpy as np
import pytest

from tinylab.codegen.tensor import Tensor, joined, offsets, split


def test_floats_are_themselves() -> None:
    tensor = Tensor("float32", 3)
    values = np.array([0.1, -2.0, 3e9], np.float32)
    assert tensor.size == 12
    assert tensor.decode(tensor.encode(values)).tolist() == values.tolist()


@pytest.mark.parametrize(
    ("kind", "zero", "expected"),
    [("int8", -3, [-3, 97, -128, 127]), ("uint8", 125, [125, 225, 0, 255])],
)
def test_quantised_values_round_and_saturate(kind: str, zero: int, expected: list[int]) -> None:
    tensor = Tensor(kind, 4, 0.01, zero)
    data = tensor.encode(np.array([0.001, 0.998, -10.0, 10.0], np.float32))
    assert np.frombuffer(data, kind).tolist() == expected
    assert tensor.decode(data)[1] == pytest.approx(1.0)


def test_several_tensors_stand_at_multiples_of_eight() -> None:
    tensors = (Tensor("int8", 3), Tensor("float32", 3), Tensor("uint8", 2))
    assert offsets(tensors) == (0, 8, 24, 32)
    parts = [b"abc", b"0123456789ab", b"xy"]
    block = joined(tensors, parts)
    assert len(block) == 26
    assert split(tensors, block) == parts


def test_random_values_use_the_whole_range() -> None:
    generator = np.random.default_rng(1)
    values = np.frombuffer(Tensor("int8", 4_000).random(generator), "i1")
    assert (values.min(), values.max()) == (-128, 127)
    floats = np.frombuffer(Tensor("float32", 100).random(generator), "<f4")
    assert 0 <= floats.min() < floats.max() < 1


def test_a_quantised_tensor_whose_scale_nobody_told_counts_in_steps_of_one() -> None:
    tensor = Tensor("int16", 2)
    data = tensor.encode(np.array([-7.0, 300.4], np.float32))
    assert np.frombuffer(data, "<i2").tolist() == [-7, 300]
    assert tensor.decode(data).tolist() == [-7.0, 300.0]


def test_a_block_ends_with_its_last_part() -> None:
    tensors = (Tensor("uint8", 1), Tensor("uint8", 9), Tensor("uint8", 1), Tensor("uint8", 2))
    parts = [b"a", b"123456789", b"b", b"xy"]
    assert offsets(tensors) == (0, 8, 24, 32, 40)
    block = joined(tensors, parts)
    assert (
        block == b"a".ljust(8, b"\0") + b"123456789".ljust(16, b"\0") + b"b".ljust(8, b"\0") + b"xy"
    )
    assert split(tensors, block) == parts
    with pytest.raises(ValueError, match="zip"):
        joined(tensors, parts[:3])
