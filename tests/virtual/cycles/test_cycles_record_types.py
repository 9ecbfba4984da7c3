"""What type checkers are told of the cycle models' records is what the records hold."""

from __future__ import annotations

import typing

import numpy as np
import pytest

from tinylab.sim.cycles.compiled import record_layout, record_types
from tinylab.sim.cycles.cortex_m4.model import STATE as M4
from tinylab.sim.cycles.cortex_m7.model import STATE as M7
from tinylab.sim.cycles.cortex_m33.model import STATE as M33

RECORDS = {
    record_types.Row: record_layout.ROW,
    record_types.Operand: record_layout.OPERAND,
    record_types.Step: record_layout.STEP,
    record_types.Memory: record_layout.MEMORY,
    record_types.Block: record_layout.BLOCK,
    record_types.Span: record_layout.SPAN,
}


def told(dtype: np.dtype) -> object:
    """The type that stands for a field of this dtype."""
    if dtype.subdtype is None:
        kinds = [kind for kind, layout in RECORDS.items() if layout == dtype]
        return kinds[0] if kinds else int
    item, shape = dtype.subdtype
    return record_types.Table[told(item)] if len(shape) == 1 else record_types.Grid  # type: ignore[misc]


def fields(dtype: np.dtype) -> dict[str, object]:
    assert dtype.fields is not None
    return {name: told(dtype.fields[name][0]) for name in dtype.names or ()}


@pytest.mark.parametrize(
    ("kind", "dtype"), RECORDS.items(), ids=lambda one: getattr(one, "__name__", "")
)
def test_a_record_of_a_table(kind: type[object], dtype: np.dtype) -> None:
    assert typing.get_type_hints(kind) == fields(dtype)


def test_the_state_has_the_fields_of_all_models_and_no_others() -> None:
    every = fields(M4) | fields(M7) | fields(M33)
    assert typing.get_type_hints(record_types.State) == every


@pytest.mark.parametrize("model", [M4, M7, M33], ids=["m4", "m7", "m33"])
def test_a_field_is_of_one_type_in_every_model(model: np.dtype) -> None:
    hints = typing.get_type_hints(record_types.State)
    assert fields(model) == {name: hints[name] for name in model.names or ()}
