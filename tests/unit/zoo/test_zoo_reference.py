"""The host's executor on numbers that can be checked by hand.

Every layer kind is compared with Keras itself in test_zoo_files.
"""

from __future__ import annotations

import numpy as np
import pytest

from tinylab.zoo import catalog, load
from tinylab.zoo.builder import Builder
from tinylab.zoo.execution import reference
from tinylab.zoo.execution.curves import activated
from tinylab.zoo.network import INPUT, Network, Shape
from tinylab.zoo.operations import NO_PADDING, Conv, Function, Operation, Pad, Pool, PoolKind


def network(shape: Shape, operation: Operation) -> Network:
    builder = Builder(shape)
    return builder.network(builder.add("layer", operation, INPUT))


def run(operation: Operation, values: list[float]) -> list[float]:
    """`operation` on a row of one channel."""
    inputs = np.array(values, np.float32).reshape(1, -1, 1)
    return reference.run(network(inputs.shape[1:], operation), [inputs])[0].ravel().tolist()


def test_an_average_counts_only_elements_inside() -> None:
    pool = Pool(PoolKind.AVERAGE, (1, 3), (1, 2), ((0, 0), (1, 1)), rank=1)
    assert run(pool, [2.0, 4.0, 9.0]) == [3.0, 6.5]


def test_padding_never_wins_a_maximum() -> None:
    pool = Pool(PoolKind.MAX, (1, 2), (1, 1), ((0, 0), (1, 0)), rank=1)
    assert run(pool, [-5.0, -3.0, -4.0]) == [-5.0, -3.0, -3.0]


def test_a_kernel_is_not_flipped() -> None:
    kernel = np.array([1.0, 10.0], np.float32).reshape(1, 2, 1, 1)
    conv = Conv(kernel, np.array([0.5], np.float32), (1, 1), NO_PADDING, rank=1)
    assert run(conv, [1.0, 2.0, 3.0]) == [21.5, 32.5]


def test_padding_adds_zeros_where_it_says() -> None:
    assert run(Pad(((0, 0), (2, 1))), [7.0]) == [0.0, 0.0, 7.0, 0.0]


def test_activations_stay_finite_for_large_numbers() -> None:
    x = np.array([[-1000.0, 0.0, 1000.0]], np.float32)
    assert activated(Function.SIGMOID, x, np.float32(1)).tolist() == [[0.0, 0.5, 1.0]]
    assert activated(Function.SOFTMAX, x, np.float32(1)).tolist() == [[0.0, 0.0, 1.0]]
    assert activated(Function.RELU6, x, np.float32(1)).tolist() == [[0.0, 0.0, 6.0]]


def test_splitting_into_batches_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = catalog.model("human_activity")
    inputs = catalog.golden(model).inputs
    loaded = load.load(model.tflite)
    whole = reference.run(loaded, [inputs])[0]
    monkeypatch.setattr(reference, "BATCH_ELEMENTS", 7 * 24 * 16)
    np.testing.assert_allclose(reference.run(loaded, [inputs])[0], whole, rtol=1e-5, atol=1e-7)


def test_no_inputs_give_no_outputs_and_wrong_ones_are_refused() -> None:
    padded = network((3, 1), Pad(((0, 0), (1, 0))))
    assert reference.run(padded, [np.zeros((0, 3, 1), np.float32)])[0].shape == (0, 4, 1)
    with pytest.raises(ValueError, match="expected"):
        reference.run(padded, [np.zeros((1, 4, 1), np.float32)])[0]
