"""The gate on real runs: a kernel made slower on purpose, the workflows of the documentation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fakes.broken_kernels import projects_ending_with
from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode

WB = ["--on", "sim:nucleo_wb55rg@64"]
RUN = ["run", "--model", "human_activity", *WB]
DOCS = Path(__file__).resolve().parents[3] / "docs" / "ci"


def test_a_kernel_made_slower_is_found_and_its_layer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*RUN, "--save-baseline", "main"]) == ExitCode.OK
    assert main([*RUN, "--baseline", "main"]) == ExitCode.OK
    capsys.readouterr()
    harm = "for (volatile int i = 0; i < 40; ++i) { }"
    slower = projects_ending_with("tl_softmax_f32", harm, tmp_path / "projects")
    monkeypatch.setattr(paths, "platformio_projects", lambda: slower)
    before = Path("tinylab-baselines.toml").read_bytes()
    words = ["--baseline", "main", "--save-baseline", "main", "-o", "now.json"]
    assert main([*RUN, *words]) == ExitCode.REGRESSION
    said = capsys.readouterr().err
    assert "REGRESSION; dense_1_nl +" in said, said
    assert Path("tinylab-baselines.toml").read_bytes() == before, "a worse run is not saved"
    time = next(one for one in judged() if one["measure"] == "time")
    assert time["regressed"]
    assert time["now"] - time["before"] > 40
    assert main([*RUN, "--baseline", "main", "--max-regress", "50%"]) == ExitCode.OK
    capsys.readouterr()
    assert main(["compare", "last~2", "last", "--json"]) == ExitCode.OK
    [found] = json.loads(capsys.readouterr().out)["comparisons"]
    moved = {one["name"]: one["now"] - one["before"] for one in found["layers"]}
    assert max(moved.values()) == pytest.approx(time["now"] - time["before"], rel=0.05)


def judged() -> list[dict[str, Any]]:
    return json.loads(Path("now.json").read_text())["judged"]  # type: ignore[no-any-return]


def shell(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs a step as the services do, with the `tinylab` of this Python."""
    binaries = Path("bin")
    binaries.mkdir(exist_ok=True)
    command = binaries / "tinylab"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m tinylab "$@"\n')
    command.chmod(0o755)
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        env={
            **os.environ,
            "PATH": f"{binaries.resolve()}:{os.environ['PATH']}",
            "PYTHONPATH": str(paths.PACKAGE.parent),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_workflows_of_the_documentation_judge_a_run() -> None:
    github = yaml.safe_load((DOCS / "github.yml").read_text())
    gitlab = yaml.safe_load((DOCS / "gitlab.yml").read_text())["bench"]
    [measure] = [
        step["run"] for step in github["jobs"]["bench"]["steps"] if step.get("name") == "measure"
    ]
    names = github["env"]
    assert names == gitlab["variables"]
    summary = Path("summary.md").resolve()
    first = shell(measure, GITHUB_STEP_SUMMARY=str(summary), **names)
    assert first.returncode == ExitCode.INPUT, "no baseline yet"
    assert "--save-baseline main" in first.stderr
    save = 'tinylab run --model "$MODEL" --on "$BOARD" --save-baseline main'
    assert shell(save, **names).returncode == ExitCode.OK
    done = shell(measure, GITHUB_STEP_SUMMARY=str(summary), **names)
    assert done.returncode == ExitCode.OK, done.stderr
    assert summary.read_text().startswith("## Against the baseline: nothing is worse")
    assert shell("\n".join(gitlab["script"]), **names).returncode == ExitCode.OK
    for path in (Path("results.xml"), Path("results.json")):
        assert path.stat().st_size > 100
        path.unlink()
