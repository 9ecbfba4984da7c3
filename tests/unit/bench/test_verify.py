"""What `tinylab verify` makes of tensors: statistics, ST's nodes, layers without code."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.networks import Recipe
from tests.fakes.records import record
from tests.unit.test_schemas import check
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.prepare.loaded_model import Loaded
from tinylab.bench.prepare.prepared_network import NetworkFacts, PreparedNetwork, sides
from tinylab.bench.session.validity import verify_command
from tinylab.bench.verify.document import LayerCheck, Verification, VerifyDocument
from tinylab.bench.verify.host_layers import match
from tinylab.bench.verify.host_steps import HostSteps
from tinylab.bench.verify.observed_code import observed
from tinylab.bench.verify.tally import MOST, Compared, Tally
from tinylab.codegen.cubeai.nodes import chained
from tinylab.codegen.generate import generate
from tinylab.codegen.layer_calls import LayerCall
from tinylab.errors import BoardSilent, MeasurementError
from tinylab.results.error_record import ErrorRecord
from tinylab.results.record_parts import OutputCheck
from tinylab.stream.observer import FLOATS, SIGNED, Shown
from tinylab.zoo.network import Network
from tinylab.zoo.operations import BatchNorm, Dropout, Pad, Reshape
from tinylab.zoo.tensor_type import FLOAT, Number, TensorType

NUMBERS = st.lists(
    st.floats(-1e6, 1e6, width=32) | st.sampled_from([math.nan, math.inf, -math.inf]),
    min_size=1,
    max_size=30,
)


def compared(
    board: Sequence[float], host: Sequence[float], tolerance: float = 0.0, kind: str = "f4"
) -> Compared:
    values = (np.array(one, kind) for one in (board, host))
    return Compared(1, ("dense",), "", FLOAT, *values, tolerance)


def tally(*pairs: Compared) -> Tally:
    made = Tally(pairs[0])
    for number, one in enumerate(pairs, 1):
        made.add(number, one)
    return made


# Statistics


@given(st.lists(NUMBERS, min_size=1, max_size=5))
@settings(max_examples=60)
def test_statistics_are_those_of_all_inputs_together(inputs: list[list[float]]) -> None:
    found = tally(*(compared(one, one) for one in inputs)).board.statistics()
    every = np.concatenate([np.array(one, np.float32) for one in inputs]).astype(np.float64)
    finite = every[np.isfinite(every)]
    assert found.not_finite == every.size - finite.size
    if finite.size:
        assert (found.min, found.max) == (finite.min(), finite.max())
        assert found.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-6)
        assert found.std == pytest.approx(finite.std(), rel=1e-6, abs=1e-6)
    else:
        assert found.mean is None


@given(NUMBERS)
def test_the_same_tensor_agrees_also_where_it_is_no_number(values: list[float]) -> None:
    found = tally(compared(values, values))
    assert (found.differing, found.max_abs_error) == (0, 0.0)


def test_the_largest_difference_of_all_inputs_is_found() -> None:
    found = tally(
        compared([1.0, 2.0], [1.0, 2.5], 0.1),
        compared([1.0, 2.0], [3.0, 2.05], 0.1),
        compared([0.0, 0.0], [0.0, 0.0], 0.1),
    )
    assert (found.differing, found.elements, found.max_abs_error) == (2, 6, 2.0)
    assert found.largest is not None
    assert (found.largest.sample, found.largest.index) == (2, (0,))
    assert (found.largest.board, found.largest.host) == (1.0, 3.0)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_what_is_no_number_on_the_board_alone_differs_most(wrong: float) -> None:
    found = tally(compared([1.0, wrong], [1.5, 2.0], 1.0))
    assert (found.differing, found.max_abs_error) == (1, MOST)
    assert found.largest is not None
    assert (found.largest.index, found.largest.board) == ((1,), None)


def test_integers_may_not_wrap() -> None:
    found = tally(compared([-128], [127], kind="i1"))
    assert (found.differing, found.max_abs_error) == (1, 255.0)


# Our own code


def network() -> Network:
    """A padded convolution with a batch norm behind a dropout, a reshape, and a dense layer."""
    recipe = Recipe((6, 6, 2))
    recipe.add(Pad(((1, 1), (1, 1))), (8, 8, 2)).conv(3, (3, 3))
    recipe.add(Dropout(), recipe.shape)
    recipe.add(BatchNorm(recipe.values(3), recipe.values(3)), recipe.shape)
    return recipe.add(Reshape(), (108,)).dense(4).network()


def prepared(made: Network) -> PreparedNetwork:
    facts = NetworkFacts("0", None, None, "none", "", None)
    settings = {"custom_adapter": "ai_5"}
    return PreparedNetwork(facts, 0, 0, {}, settings, (), sides(made)[1], None, ())


def test_layers_without_code_have_a_reason() -> None:
    made = network()
    [job] = make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg")], Options()).jobs
    loaded = Loaded("own", "own", made, 0, 0, "none", None, None)
    code = observed(job.workload, loaded, prepared(made))
    assert {one.layer: one.reason for one in code.without_code} == {
        "pad_1": "folded into conv_2",
        "dropout_3": "its output is its input",
        "batchnorm_4": "folded into conv_2",
        "reshape_5": "its output is its input",
    }
    assert code.prepared.settings["custom_observer"] == "yes"
    assert b"tl_observe(2," in code.prepared.files["network.c"]


@pytest.mark.parametrize(("step", "size"), [(1, 16), (0, 16), (3, 16), (2, 12)])
def test_a_tensor_that_the_code_does_not_have_is_refused(step: int, size: int) -> None:
    made = network()
    host = HostSteps(generate(made, observed=True), sides(made)[0])
    host.begin(bytes(4 * 72))
    with pytest.raises(MeasurementError, match=f"{size} B for step {step}"):
        host.take(Shown(1, 0, step, 0, size), bytes(size))


def test_a_second_output_of_one_tensor_is_a_copy() -> None:
    made = network()
    made = replace(made, outputs=(*made.outputs, *made.outputs))
    generated = generate(made, observed=True)
    host = HostSteps(generated, sides(made)[0])
    host.begin(bytes(4 * 72))
    host.take(Shown(1, 0, 1, 0, 432), bytes(432))
    host.take(Shown(2, 1, 2, 0, 16), np.arange(4, dtype="<f4").tobytes())
    host.take(Shown(3, 2, 3, 0, 16), np.arange(4, dtype="<f4").tobytes())
    copy = host.end()[-1]
    np.testing.assert_array_equal(copy.host, np.arange(4))


# ST's nodes


def test_nodes_are_matched_in_order_where_layers_are_fused_or_added() -> None:
    random = np.random.default_rng(1)
    dense, other = random.normal(size=5), random.normal(size=5)
    layers = {
        "dense": dense,
        "dense_nl": np.maximum(dense, 0),
        "flatten": np.maximum(dense, 0),
        "dense_1": other,
        "softmax": np.exp(other),
        "end": np.exp(other)[:2],
    }
    nodes = [layers["dense_nl"], random.normal(size=7), layers["dense_1"] + 9, layers["end"]]
    found = match(nodes, layers)
    assert found.keys() == {0, 2, 3}  # no layer has seven elements
    assert found[0] in ("dense_nl", "flatten")
    assert found[2] in ("dense_1", "softmax")
    assert found[3] == "end"


LAYER = """AI_LAYER_OBJ_DECLARE(
  {name}, {id},
  NL_TYPE, 0x0, NULL,
  nl, forward_relu,
  &{name}_chain,
  {owner}, &{after}, AI_STATIC,
  .nl_params = NULL,
)
"""


@pytest.mark.parametrize("owner", ["&AI_NET_OBJ_INSTANCE", "NULL"])
def test_nodes_are_named_in_the_order_of_their_chain(owner: str) -> None:
    chain = [("c_layer", "c_layer"), ("b_nl_layer", "c_layer"), ("a_layer", "b_nl_layer")]
    text = "".join(
        LAYER.format(name=name, id=number, owner=owner, after=after)
        for number, (name, after) in enumerate(chain)
    )
    assert chained(text) == tuple(
        LayerCall(one, "forward_relu", None) for one in ("a", "b_nl", "c")
    )
    assert chained("") == ()
    assert chained(text.replace("&b_nl_layer", "&a_layer")) == ()  # two begin


@pytest.mark.parametrize(
    ("word", "number"),
    [(32 | FLOATS | SIGNED, "float32"), (8 | SIGNED, "int8"), (8, "uint8"), (16 | SIGNED, "int16")],
)
def test_the_type_of_a_node(word: int, number: str) -> None:
    scale = int(np.float32(0.5).view(np.uint32))
    shown = Shown(1, 0, 1, 0, 4, word, scale, 0xFFFFFFFD)
    expected = FLOAT if number == "float32" else TensorType(Number(number), 0.5, -3)
    assert shown.type == expected


def test_a_type_that_the_host_does_not_have() -> None:
    with pytest.raises(ValueError, match="int4"):
        _ = Shown(1, 0, 1, 0, 4, 4 | SIGNED).type


# The document


def row(*checks: LayerCheck, output: OutputCheck | None = None) -> Verification:
    return Verification(record().identity, "random values", 1, checks, (), output, (), None)


def layer(step: int, board: Sequence[float]) -> LayerCheck:
    made = tally(compared(board, [0.0, 1.0]))
    return LayerCheck(
        step, ("dense",), ("Dense",), "", (2,), "float32", made.elements, made.differing,
        made.max_abs_error, made.tolerance, made.largest, made.board.statistics(),
        made.host.statistics(),
    )  # fmt: skip


WELL, WRONG = OutputCheck(0.0, 1.0, True), OutputCheck(2.0, 1.0, False)


@pytest.mark.parametrize(
    ("made", "first", "code"),
    [
        (row(layer(1, [0, 1]), layer(2, [0, 1]), output=WELL), None, 0),
        (row(layer(1, [0, 1]), layer(2, [0, 2]), layer(3, [math.nan, 1])), 2, 6),
        (row(layer(1, [0, 1]), output=WRONG), None, 6),
        (row(), None, 6),
        (replace(row(layer(1, [0, 1])), error=ErrorRecord.of(BoardSilent("No."))), None, 5),
    ],
)
def test_the_exit_code_is_that_of_the_first_departure(
    made: Verification, first: int | None, code: int
) -> None:
    document = VerifyDocument("1", "2026-01-01T00:00:00+00:00", (made,))
    assert (made.first, document.exit_code) == (first, code)
    check("verify.schema.json", document.to_json())


def test_the_command_that_a_wrong_run_names() -> None:
    options = Options(compression="x8")
    plan = make_plan(["house_price:int8"], [parse_station("sim:nucleo_wb55rg@64")], options)
    assert verify_command(plan.jobs[0], options) == (
        "tinylab verify house_price:int8 --on sim:nucleo_wb55rg@64 --compression x8"
    )
