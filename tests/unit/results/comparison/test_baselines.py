"""The file of baselines: written so that its differences can be read, and read with care."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.results.comparison.run_figures import figures
from tinylab.errors import InputError, OutputError
from tinylab.results.comparison import baselines
from tinylab.results.comparison.baselines import FILE, Baseline, located, named, read, save
from tinylab.results.comparison.gate import Allowance, Measure

SAVED = "2026-01-02T03:04:05+00:00"


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    runs = (figures(1_000, layers={"dense, dense_nl": 900, "rest": 100}), figures(2, model="a.b"))
    save(tmp_path / FILE, "main", runs, SAVED, "0.2.0")
    found, allowed = named(tmp_path / FILE, "main")
    assert found == Baseline(SAVED, "0.2.0", tuple(sorted(runs, key=lambda one: one.name)))
    assert allowed == ()


def test_a_change_of_one_layer_changes_the_lines_of_its_figures_only(tmp_path: Path) -> None:
    path = tmp_path / FILE
    save(path, "main", [figures(1_000, layers={"a": 900, "b": 100})], SAVED, "0.2.0")
    before = path.read_text().splitlines()
    save(path, "main", [figures(1_001, layers={"a": 901, "b": 100})], SAVED, "0.2.0")
    after = path.read_text().splitlines()
    different = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert different == [("median = 1000.0", "median = 1001.0"), ("a = 900", "a = 901")]


def test_other_baselines_other_runs_and_comments_are_kept(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(
        f'# ours\nschema = "{baselines.SCHEMA}"\n\n'
        '[[allowed]]  # agreed on in March\nmeasure = "ram"\npercent = 5\nmodel = "house_price"\n'
    )
    save(path, "main", [figures(1), figures(2, model="b")], SAVED, "0.2.0")
    save(path, "other", [figures(3)], SAVED, "0.2.0")
    save(path, "main", [figures(4)], SAVED, "0.2.1")
    text = path.read_text()
    assert text.startswith("# ours\n")
    assert "# agreed on in March" in text
    found, allowed = named(path, "main")
    assert [one.median for one in found.runs] == [2, 4]
    assert [one.median for one in named(path, "other")[0].runs] == [3]
    assert allowed == (Allowance(Measure.RAM, 5, model="house_price"),)


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / FILE
    save(path, "main", [figures(1)], SAVED, "0.2.0")
    with pytest.raises(InputError, match="it has: main"):
        named(path, "release")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("schema = ", "it is not valid TOML"),
        (f"a = {'9' * 6_000}", "it is not valid TOML"),
        (f"a = {'[' * 50_000}", "it is nested too deeply"),
        ("a = nan", "no number"),
        ('schema = "tinylab.baselines/1"\n[baselines.main]\nsaved = "now"', "is missing"),
        ('schema = "tinylab.baselines/2"', "its schema is 'tinylab.baselines/2'"),
        ('schema = "tinylab.baselines/1"\nbaselines = 3', "baselines"),
        ('schema = "tinylab.baselines/1"\n[[allowed]]\nmeasure = "heat"\npercent = 1', "heat"),
        ('schema = "tinylab.baselines/1"\n[[allowed]]\nmeasure = "ram"\npercent = -1', "percent"),
        (b"\xff\xfe", "it is not UTF-8"),
    ],
)
def test_a_file_edited_by_hand_is_refused_with_its_place(
    content: str | bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / FILE
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(path) in caught.value.message
    assert says in caught.value.message
    with pytest.raises(InputError):
        save(path, "main", [figures(1)], SAVED, "0.2.0")
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())


@pytest.mark.parametrize("changes", [{"median": 0.0}, {"median_low": 1e9, "median_high": 2e9}])
def test_figures_without_a_ratio_are_refused(changes: dict[str, float], tmp_path: Path) -> None:
    path = tmp_path / FILE
    save(path, "main", [figures(1, **changes)], SAVED, "0.2.0")
    with pytest.raises(InputError, match="has no median"):
        named(path, "main")


def test_the_nearest_file_above_is_used(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert located(inner) == inner / FILE
    (tmp_path / FILE).touch()
    assert located(inner) == tmp_path / FILE


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_keeps_the_file(tmp_path: Path) -> None:
    path = tmp_path / FILE
    save(path, "main", [figures(1)], SAVED, "0.2.0")
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError):
        save(path, "main", [figures(2)], SAVED, "0.2.0")
    assert named(path, "main")[0].runs[0].median == 1


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_any_name_of_a_model_survives(tmp_path: Path, name: str) -> None:
    path = tmp_path / FILE
    path.unlink(missing_ok=True)
    save(path, "main", [figures(1, model=name, layers={name: 3})], SAVED, "0.2.0")
    (found,) = named(path, "main")[0].runs
    assert (found.model, dict(found.layers)) == (name, {name: 3})
