"""The cycles of each layer: as a table, in words, and in documents."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.records import changed, layer, profile, record, session
from tinylab import paths
from tinylab.cli.main import main
from tinylab.export.csv_table import render_csv
from tinylab.export.layer_table import WAITS, advice, layer_table, profile_text
from tinylab.export.why_table import CAUSE_COLUMNS
from tinylab.results.layer_profile import LayerProfile
from tinylab.results.record import RunDocument, RunRecord
from tinylab.results.store import Store


def test_the_table_has_shares_ratios_and_causes_that_add_up() -> None:
    table = layer_table("house", profile())
    assert table.heads[:5] == ("layer", "function", "cycles", "%", "cycles / MACC")
    assert table.heads[5:7] == ("weights (flash) B", "activations (sram1) B")
    assert table.heads[7:] == ("issue", "data memory", "branch", "other")
    first, second, rest, total = table.rows
    assert first[2:7] == ("20,000", "59.6", "5.00", "16,064", "332")
    assert first[7:] == ("69.8", "30.0", "0.0", "0.2")
    assert second[2:7] == ("13,000", "38.8", "4.69", "-", "-")
    assert rest[:4] == ("rest", "", "531", "1.6")
    assert total[2:4] == ("33,531", "100.0")
    for row in (first, second, total):
        assert sum(map(float, row[7:])) == pytest.approx(100, abs=0.3)


def test_a_layer_without_multiplications_has_no_ratio() -> None:
    for macc in (None, 0):
        table = layer_table("house", LayerProfile((layer("relu", 100, macc),), 0))
        assert table.rows[0][4] == "-"


def test_an_empty_layer_is_no_division_by_zero() -> None:
    empty = LayerProfile((layer("relu", 0, 0),), 0)
    assert layer_table("house", empty).rows[0][3] == "-"
    assert list(advice(empty)) == []


def test_a_cause_that_dominates_a_large_layer_is_pointed_out() -> None:
    assert list(advice(profile())) == [
        "30 % of the cycles of dense, dense_nl wait for data from flash or RAM.",
        "18 % of the inference waits for data from memory: --place weights=sram1.",
    ]
    small = LayerProfile((layer("big", 95_000), layer("tiny", 5_000, unit=4_000)), 0)
    assert list(advice(small)) == []
    assert {"issue", *WAITS} == set(CAUSE_COLUMNS)


def test_runs_without_a_profile_say_why() -> None:
    silicon = changed(record(), simulated=False)
    said = profile_text([silicon, record()])
    assert "layers are timed only on virtual boards (sim:nucleo_wb55rg)" in said
    assert "no function of its own for each" in said


def test_a_profile_is_stored_and_reads_back(tmp_path: Path) -> None:
    made = replace(record(), profile=profile())
    with Store.open(tmp_path / "results.sqlite") as store:
        run = store.begin_run(made.identity)
        store.finish(run, made)
        assert store.run(run).record == made
    row = made.to_json()
    assert row["profile"]["cycles"] == 33_531
    assert [one["cycles"] for one in row["profile"]["layers"]] == [20_000, 13_000]
    assert RunRecord.from_json(json.loads(json.dumps(row))) == made


def test_a_row_of_an_older_tinylab_has_no_profile() -> None:
    row = record().to_json()
    del row["profile"]
    assert RunRecord.from_json(row).profile is None


def test_a_line_of_csv_has_no_room_for_layers() -> None:
    [head, *_] = render_csv(session()).splitlines()
    assert "profile" not in head


def test_export_prints_stored_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    made = replace(record(), profile=profile())
    with Store.open(paths.results_database()) as store:
        store.finish(store.begin_run(made.identity), made)
    assert main(["export", "last"]) == 0
    assert "cycles of each layer" not in capsys.readouterr().out
    assert main(["export", "last", "--profile"]) == 0
    out = capsys.readouterr().out
    assert "predict house price, nucleo_wb55rg SIM at 48 MHz: cycles of each layer" in out
    assert "dense, dense_nl" in out
    assert main(["export", "last", "--profile", "--format", "csv"]) == 2
    assert "--profile cannot be combined with --format." in capsys.readouterr().err
    assert main(["export", "last", "--json", "--profile"]) == 0
    assert RunDocument.parse(capsys.readouterr().out, "x").rows == (made,)
