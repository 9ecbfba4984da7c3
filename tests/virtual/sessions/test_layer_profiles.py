"""The cycles of each layer of real images on virtual boards: exact, complete, and no influence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.cubeai import StandIn
from tests.fakes.stations import plugged, trust_the_clock_of
from tests.fakes.tflite import streaming
from tinylab.bench.measure.layer_timer import LayerTimer
from tinylab.bench.plan.plan import parse_station
from tinylab.bench.station.station import Station, open_station
from tinylab.boards.catalog import by_name
from tinylab.cli.main import main
from tinylab.codegen.layer_calls import LayerCall, LayerCalls
from tinylab.results.layer_profile import LayerProfile
from tinylab.sim.virtual_probe.usb_bus import VirtualBus
from tinylab.stream.ring import Cycles
from tinylab.zoo import catalog, load

WB = by_name("nucleo_wb55rg")
BOARDS = ["sim:nucleo_wb55rg", "sim:nucleo_h723zg", "sim:nucleo_u575zi_q"]


def run(tmp_path: Path, *arguments: str) -> Mapping[str, Any]:
    """The only row."""
    result = tmp_path / "run.json"
    assert main(["run", *arguments, "-o", str(result)]) == 0
    [row] = json.loads(result.read_text())["rows"]
    return row  # type: ignore[no-any-return]


def without_effect(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a profile must not change."""
    return {key: row[key] for key in ("cycles", "first_cycles", "stack_bytes", "output", "lost")}


@pytest.mark.parametrize("model", ["house_price", "human_activity:int8"])
@pytest.mark.parametrize("board", BOARDS)
def test_layers_and_rest_are_the_whole_inference(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    board: str,
    model: str,
) -> None:
    asked = ("--model", model, "--on", board)
    row = run(tmp_path, *asked, "--profile")
    profile = row["profile"]
    spent = [layer["cycles"] for layer in profile["layers"]]
    assert all(sum(layer["causes"].values()) == layer["cycles"] > 0 for layer in profile["layers"])
    assert sum(spent) + profile["rest"] == profile["cycles"]
    assert profile["cycles"] == pytest.approx(row["cycles"]["median"], rel=0.005)
    assert profile["rest"] < 0.05 * profile["cycles"]
    assert sum(layer["macc"] for layer in profile["layers"]) == row["macc"]
    out = capsys.readouterr().out
    assert all(f"{cycles:,}" in out for cycles in (*spent, profile["cycles"]))

    # The same inferences without being followed take the same cycles.
    with monkeypatch.context() as patch:
        patch.setattr(LayerTimer, "begin", lambda *_: None)
        patch.setattr(
            LayerTimer, "profile", lambda _, cycles: LayerProfile((), int(np.median(cycles)))
        )
        plain = run(tmp_path, *asked)
    assert plain["profile"]["rest"] == profile["cycles"]
    with monkeypatch.context() as patch:
        patch.setattr(LayerTimer, "of", lambda *_: None)
        none = run(tmp_path, *asked)
    assert none["profile"] is None
    assert without_effect(row) == without_effect(plain) == without_effect(none)


@pytest.mark.parametrize("board", ["sim:nucleo_f446re", "sim:nucleo_f767zi", BOARDS[2]])
@pytest.mark.parametrize("goal", ["ram", "speed"])
def test_the_sum_is_the_whole_for_every_goal(tmp_path: Path, board: str, goal: str) -> None:
    asked = ("--model", "house_price:int8", "--on", board, "--inferences", "2")
    row = run(tmp_path, *asked, "--optimize", goal)
    profile = row["profile"]
    spent = sum(layer["cycles"] for layer in profile["layers"])
    assert spent + profile["rest"] == profile["cycles"]
    assert profile["cycles"] == pytest.approx(row["cycles"]["median"], rel=0.005)


@pytest.mark.parametrize(
    ("board", "model"),
    [
        ("sim:nucleo_wb55rg", "house_price"),
        ("sim:nucleo_u575zi_q", "house_price"),
        ("sim:nucleo_h723zg", "human_activity"),
    ],
)
def test_following_the_advice_takes_fewer_cycles(tmp_path: Path, board: str, model: str) -> None:
    asked = ("--model", model, "--on", board, "--inferences", "2")
    row = run(tmp_path, *asked)
    option = row["profile"]["advice"].rpartition("--place ")[2]
    faster = run(tmp_path, *asked, "--place", option)
    assert faster["cycles"]["median"] < 0.8 * row["cycles"]["median"]
    assert faster["profile"]["weights_in"] == option.partition("=")[2]
    assert row["profile"]["weights_in"] == "flash"
    assert not faster["profile"]["advice"]
    weights = sum(layer["weights_bytes"] for layer in row["profile"]["layers"])
    assert 0 <= row["weights_bytes"] - weights < 4 * 2 * len(row["profile"]["layers"])


def test_no_advice_where_nothing_would_be_gained(tmp_path: Path) -> None:
    asked = ("--model", "house_price", "--on", "sim:nucleo_h723zg", "--inferences", "2")
    assert run(tmp_path, *asked)["profile"]["advice"] == ""


def test_a_second_run_of_a_station_has_the_same_profile(tmp_path: Path) -> None:
    result = tmp_path / "run.json"
    on = ("--on", "sim:nucleo_wb55rg@48,64")
    assert main(["run", "--model", "house_price", *on, "-o", str(result)]) == 0
    slow, fast = json.loads(result.read_text())["rows"]
    alone = run(tmp_path, "--model", "house_price", "--on", "sim:nucleo_wb55rg@64")
    assert fast["profile"] == alone["profile"]
    assert slow["profile"] != fast["profile"]


@pytest.mark.parametrize("rule", [("1", "0"), ("1", "2"), ("3", "0")])
def test_whatever_is_measured_there_is_a_profile(tmp_path: Path, rule: Sequence[str]) -> None:
    """It is of a warm inference, also if only a cold one is measured."""
    asked = ("--model", "house_price", "--on", BOARDS[0])
    usual = run(tmp_path, *asked)
    row = run(tmp_path, *asked, "--inferences", rule[0], "--warmup", rule[1])
    spent = [[one["cycles"] for one in each["profile"]["layers"]] for each in (usual, row)]
    assert spent[0] == pytest.approx(spent[1], rel=0.002)


def test_a_network_that_keeps_states(tmp_path: Path) -> None:
    """Its layers are timed once more from their first states, which disturbs no comparison."""
    file = tmp_path / "model.tflite"
    file.write_bytes(streaming.lstm(np.random.default_rng(1), kind="LSTM"))
    row = run(tmp_path, "--model", str(file), "--on", BOARDS[0])
    assert row["valid"]
    assert len(row["profile"]["layers"]) >= 1


def test_over_the_serial_port(tmp_path: Path) -> None:
    asked = ("--model", "house_price", "--on", BOARDS[0])
    over_swd, over_uart = run(tmp_path, *asked), run(tmp_path, *asked, "--link", "uart")
    spent = [[one["cycles"] for one in row["profile"]["layers"]] for row in (over_swd, over_uart)]
    assert spent[0] == pytest.approx(spent[1], rel=0.005)


def test_a_real_board_has_no_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bus = VirtualBus()
    with plugged(bus, WB) as device:
        trust_the_clock_of(device, monkeypatch)
        monkeypatch.setattr("tinylab.bench.station.station.usb_bus", lambda: bus)
        asked = ("--model", "house_price", "--inferences", "3", "--on", "nucleo_wb55rg@64")
        row = run(tmp_path, *asked, "--profile")
    assert row["profile"] is None
    assert "layers are timed only on virtual boards (sim:nucleo_wb55rg)" in capsys.readouterr().out


def st_code(folder: Path, **options: Any) -> Sequence[str]:
    """ST's code of a network by its stand-in, and how it is run."""
    found = catalog.find("house_price")
    assert isinstance(found, catalog.CatalogModel)
    standin = StandIn(load.load(found.keras), "ai_7", (7, 3, 0), **options)
    made = standin.write(folder / "generated")
    return "--model", "house_price", "--cubeai-dir", str(made), "--on", BOARDS[0], "--profile"


def test_nodes_of_sts_code_with_functions_are_layers(tmp_path: Path) -> None:
    row = run(tmp_path, *st_code(tmp_path, observed=True))
    layers = row["profile"]["layers"]
    assert [one["name"] for one in layers[:2]] == ["dense", "dense_1"]
    assert {(one["function"], one["macc"]) for one in layers} == {("tl_dense_f32", None)}
    assert row["profile"]["cycles"] == pytest.approx(row["cycles"]["median"], rel=0.005)
    assert row["profile"]["rest"] < 0.1 * row["profile"]["cycles"]


def test_sts_code_without_functions_of_nodes_has_no_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = run(tmp_path, *st_code(tmp_path))
    assert row["valid"]
    assert row["profile"] is None
    assert "no function of its own for each" in capsys.readouterr().out


@pytest.fixture
def station() -> Any:
    with open_station(parse_station(BOARDS[0])) as opened:
        yield opened


CALLS = LayerCalls("run", (LayerCall("one", "first", 10), LayerCall("two", "second", None)))


def test_a_timer_needs_the_functions_of_all_layers(station: Station) -> None:
    known = {"run": 0x0800_0001, "first": 0x0800_0101, "second": 0x0800_0201}
    assert LayerTimer.of(station, CALLS, known) is not None
    assert LayerTimer.of(station, CALLS, {"run": 1, "first": 1}) is None
    assert LayerTimer.of(station, None, known) is None
    assert LayerTimer.of(replace(station, machine=None), CALLS, known) is None


def test_a_layer_that_is_not_executed_is_no_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is as valid as without one."""
    made = LayerTimer.of

    def other(station: Station, layers: LayerCalls, symbols: Mapping[str, int]) -> Any:
        first, *later = layers.calls
        wrong = replace(layers, calls=(first, replace(first, function="main"), *later))
        return made(station, wrong, symbols)

    told: list[LayerProfile | None] = []
    profile = LayerTimer.profile

    def heard(timer: LayerTimer, cycles: Cycles) -> LayerProfile | None:
        told.append(profile(timer, cycles))
        return told[-1]

    monkeypatch.setattr(LayerTimer, "of", other)
    monkeypatch.setattr(LayerTimer, "profile", heard)
    row = run(tmp_path, "--model", "house_price", "--on", BOARDS[0])
    assert told == [None]
    assert row["valid"]
    assert row["profile"] is None
