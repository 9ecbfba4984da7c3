"""`tinylab choose` on real simulated runs."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tinylab.cli.main import main
from tinylab.errors import ExitCode

ROOT = Path(__file__).resolve().parents[3]
WB = ["--on", "nucleo_wb55rg", "--optimize", "balanced"]


def test_the_lowest_clock_meets_the_deadline(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["choose", "house_price", "--deadline", "1ms", "--margin", "10%", *WB]
    assert main([*words, "--json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    schema = json.loads((ROOT / "docs" / "schemas" / "choice.schema.json").read_text())
    jsonschema.validate(document, schema)
    assert {one["model"] for one in document["candidates"]} == {"house_price", "house_price:int8"}
    for one in document["candidates"]:
        assert one["meets"] == "meets"
        low = one["lowest"]
        assert low["time_s"] <= 0.9e-3
        clock = f"sim:nucleo_wb55rg@{low['clock_hz'] / 1e6:.6f}"
        asked = ["run", "--model", one["model"], "--on", clock]
        assert main([*asked, "-o", "one.json"]) == ExitCode.OK
        [row] = json.loads(Path("one.json").read_text())["rows"]
        assert row["cycles"]["median"] == pytest.approx(low["cycles"], rel=1e-3)
        assert row["wait_states"] == low["wait_states"]
    capsys.readouterr()
    assert main(["history", "--json"]) == ExitCode.OK
    assert len(json.loads(capsys.readouterr().out)) == 2, "the search keeps no runs"


def test_a_deadline_that_no_board_meets(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["choose", "house_price:int8", "--deadline", "10us", *WB]
    assert main(words) == ExitCode.REGRESSION
    told = capsys.readouterr().out
    assert "misses" in told
    assert "simulated" in told


def test_what_does_not_fit_says_by_how_much(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["choose", "image_classification", "--deadline", "1s", "--compression", "none"]
    assert main([*words, *WB, "--json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    [float_one] = [one for one in document["candidates"] if ":" not in one["model"]]
    assert float_one["meets"] == "unknown"
    assert float_one["error"]["fields"]["flash_missing"] > 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["house_price"], "--deadline is missing"),
        (["house_price", "--deadline", "20"], "'20' is not a deadline"),
        (["house_price", "--deadline", "0ms"], "is not a deadline"),
        (["house_price", "--deadline", "1ms", "--margin", "100%"], "is not a margin"),
        (["hous_price", "--deadline", "1ms"], "no model 'hous_price'"),
        (["house_price", "--deadline", "1ms", "--on", "nope"], "nope"),
    ],
)
def test_bad_input_has_a_remedy(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["choose", *words]) == ExitCode.INPUT
    assert says in capsys.readouterr().err
