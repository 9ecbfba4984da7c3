"""The weights of dense layers, as their kernels read them."""

from __future__ import annotations

import numpy as np
import pytest

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers import dense
from tinylab.codegen.layers.kernel import Operand, Parameter, Request
from tinylab.zoo.operations import Dense


def parameters(inputs: int, outputs: int, bits: int) -> dict[str, Parameter]:
    """Of a layer whose codes are 1, 2, 3 ... in the order (input, output)."""
    shape = inputs, outputs
    codes = np.arange(1, inputs * outputs + 1, dtype=np.uint8).reshape(shape)
    layer = Dense(np.zeros(shape, np.float32), np.zeros(outputs, np.float32))
    book = Codebook(bits, np.arange(1 << bits, dtype=np.float32), codes)
    request = Request(layer, (Operand((inputs,)),), Operand((outputs,)), book)
    kernel = dense.kernel(request)
    return {parameter.name: parameter for parameter in kernel.parameters()}


@pytest.mark.parametrize(
    ("inputs", "packed"),
    [
        pytest.param(4, [0x21, 0x43], id="even"),
        pytest.param(5, [0x21, 0x43, 0x05], id="odd: the last high half is empty"),
    ],
)
def test_of_two_4_bit_codes_the_first_is_the_low_half(inputs: int, packed: list[int]) -> None:
    codes = parameters(inputs, 1, 4)["codes"]
    assert list(codes.data) == packed


def test_8_bit_codes_are_bytes() -> None:
    assert list(parameters(5, 1, 8)["codes"].data) == [1, 2, 3, 4, 5]


def test_codes_of_four_outputs_stand_together() -> None:
    """(input, output) is 1 to 10; the fifth output comes by itself."""
    assert list(parameters(2, 5, 8)["codes"].data) == [1, 2, 3, 4, 6, 7, 8, 9, 5, 10]


def test_the_table_has_a_float_for_each_code() -> None:
    table = np.frombuffer(parameters(4, 1, 4)["table"].data, "<f4")
    assert table.tolist() == list(range(16))
