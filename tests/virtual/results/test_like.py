"""`tinylab run --like` on real runs: the same again, and what is not the same any more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.broken_kernels import projects_ending_with
from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode

SAME = "made and measured in the same way"


def row(name: str) -> dict[str, Any]:
    [found] = json.loads(Path(name).read_text())["rows"]
    return found  # type: ignore[no-any-return]


def test_the_options_of_a_run_are_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--place", "weights=dtcm", "--compression", "x4", "--inferences", "7", "--warmup", "2"]
    asked = ["--model", "human_activity", "--on", "sim:nucleo_h723zg@180", *words]
    assert main(["run", *asked, "-o", "one.json"]) == ExitCode.OK
    capsys.readouterr()
    for name in ("last", "one.json"):
        assert main(["run", "--like", name, "-o", "two.json"]) == ExitCode.OK
        said = capsys.readouterr().err
        assert SAME in said, said
        assert ": same" in said
    one, two = row("one.json"), row("two.json")
    kept = ("elf_sha256", "placement", "compression", "inferences", "warmup", "clock_hz", "origin")
    assert {name: one[name] for name in kept} == {name: two[name] for name in kept}
    assert one["inferences"] == 7
    assert one["origin"]["probe_firmware"].startswith("V3J")

    slower = projects_ending_with(
        "tl_softmax_f32", "for (volatile int i = 0; i < 40; ++i) { }", tmp_path / "projects"
    )
    monkeypatch.setattr(paths, "platformio_projects", lambda: slower)
    assert main(["run", "--like", "one.json"]) == ExitCode.OK
    said = capsys.readouterr().err
    assert "image SHA-256: " in said
    assert "generated code" not in said
    assert "slower" in said


def test_options_that_are_given_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--model", "house_price", "--on", "sim:nucleo_wb55rg", "--inferences", "3"]
    assert main(["run", *asked]) == ExitCode.OK
    more = ["--on", "sim:nucleo_wb55rg@16", "--inferences", "4", "-o", "two.json"]
    assert main(["run", "--like", "1", *more]) == ExitCode.OK
    assert "core clock: 64 MHz -> 16 MHz" in capsys.readouterr().err
    assert (row("two.json")["inferences"], row("two.json")["clock_hz"]) == (4, 16_000_000)


def test_what_is_gone_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(paths.models() / "house_price" / "model.tflite", "mine.tflite")
    asked = ["--model", "mine.tflite", "--on", "sim:nucleo_wb55rg", "--inferences", "2"]
    assert main(["run", *asked]) == ExitCode.OK
    Path("mine.tflite").rename("moved.tflite")
    capsys.readouterr()
    assert main(["run", "--like", "last"]) == ExitCode.INPUT
    said = capsys.readouterr().err
    assert "The model of last is not here: mine.tflite." in said
    assert "--model" in said
    assert main(["run", "--like", "last", "--model", "moved.tflite"]) == ExitCode.OK
    assert "model SHA-256" not in capsys.readouterr().err, "it is the same file"


def test_samples_must_be_given_again(capsys: pytest.CaptureFixture[str]) -> None:
    values = ",".join("0.5" for _ in range(19))
    Path("houses.csv").write_text(f"{values}\n{values}\n")
    asked = ["--model", "house_price", "--on", "sim:nucleo_wb55rg", "--data", "houses.csv"]
    assert main(["run", *asked]) == ExitCode.OK
    capsys.readouterr()
    assert main(["run", "--like", "last"]) == ExitCode.INPUT
    assert "Add --data houses.csv." in capsys.readouterr().err
    Path("houses.csv").write_text(f"{values}\n{values}\n{values}\n")
    assert main(["run", "--like", "last", "--data", "houses.csv"]) == ExitCode.OK
    assert "samples: houses.csv" in capsys.readouterr().err


def test_runs_made_with_different_options_are_repeated_one_by_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for count in ("2", "3"):
        asked = ["--model", "house_price", "--on", "sim:nucleo_wb55rg", "--inferences", count]
        assert main(["run", *asked]) == ExitCode.OK
    assert main(["tag", "1", "both"]) == main(["tag", "2", "both"]) == ExitCode.OK
    capsys.readouterr()
    assert main(["run", "--like", "both"]) == ExitCode.INPUT
    assert "made with different options" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("last", "There are no stored runs"),
        ("7", "no run 7"),
        ("nope.json", "No such file"),
        ("foreign.json", "schema"),
    ],
)
def test_what_is_no_run_is_refused(
    name: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("foreign.json").write_text('{"schema": "other/1"}')
    assert main(["run", "--like", name]) == ExitCode.INPUT
    assert says in capsys.readouterr().err
