"""`tinylab verify` on a virtual board: a right image agrees, a wrong layer is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.broken_kernels import UNDEFINED_INSTRUCTION, projects_ending_with
from tests.unit.test_schemas import check
from tinylab.cli.main import main
from tinylab.zoo import catalog

STATION = "sim:nucleo_wb55rg@64"

Verify = Callable[..., tuple[int, dict[str, Any]]]
Break = Callable[[str, str], None]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """The exit code, and the one row of the document."""

    def run(model: str, *flags: str) -> tuple[int, dict[str, Any]]:
        code = main(["verify", model, "--on", STATION, "--json", *flags])
        document = json.loads(capsys.readouterr().out)
        check("verify.schema.json", document)
        [row] = document["rows"]
        return code, row

    return run


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Break:
    """The firmware's kernel of that name has a fault."""

    def plant(kernel: str, harm: str) -> None:
        projects = projects_ending_with(kernel, harm, tmp_path / "projects")
        monkeypatch.setattr("tinylab.build.project.paths.platformio_projects", lambda: projects)

    return plant


def departing(row: dict[str, Any]) -> list[list[str]]:
    return [layer["layers"] for layer in row["layers"] if not layer["agrees"]]


def test_all_layers_of_floats_agree(verify: Verify) -> None:
    code, row = verify("human_activity", "--inputs", "2")
    assert (code, row["agrees"], row["first"], row["error"]) == (0, True, None, None)
    assert (row["inputs"], row["samples"]) == ("held-out samples", 2)
    assert [layer["layers"] for layer in row["layers"]] == [
        ["conv1d", "conv1d_nl"],
        ["conv1d_1", "conv1d_1_nl"],
        ["dense", "dense_nl"],
        ["dense_1"],
        ["dense_1_nl"],
    ]
    assert row["layers"][0]["elements"] == 2 * 24 * 16
    assert [one["layer"] for one in row["without_code"]] == ["dropout", "flatten"]
    assert row["output"]["ok"]


def test_all_layers_of_int8_agree_to_the_bit_on_own_data(verify: Verify, tmp_path: Path) -> None:
    golden = catalog.golden(catalog.model("human_activity:int8"))
    np.savez(tmp_path / "mine.npz", x=golden.inputs[:3])
    code, row = verify("human_activity:int8", "--data", str(tmp_path / "mine.npz"))
    assert (code, row["inputs"], row["samples"]) == (0, "mine.npz", 3)
    assert {layer["max_abs_error"] for layer in row["layers"]} == {0.0}
    assert {layer["number_type"] for layer in row["layers"]} == {"int8"}


def test_a_wrong_float_layer_is_named_and_no_other(verify: Verify, broken: Break) -> None:
    """The last layer takes the wrong numbers, and is right all the same."""
    broken("tl_dense_f32", "if (shape->inputs == 64) out[-1] += 0.5f;")
    code, row = verify("human_activity", "--inputs", "2")
    assert (code, row["agrees"], departing(row)) == (6, False, [["dense_1"]])
    [wrong] = [layer for layer in row["layers"] if not layer["agrees"]]
    assert row["first"] == wrong["step"]
    assert (wrong["differing"], wrong["elements"]) == (2, 6)  # one in each input
    assert wrong["max_abs_error"] == pytest.approx(0.5, rel=1e-4)
    largest = wrong["largest"]
    assert largest["index"] == [2]
    assert largest["board"] - largest["host"] == pytest.approx(0.5, rel=1e-4)
    shift = wrong["board"]["mean"] - wrong["host"]["mean"]
    assert shift == pytest.approx(0.5 / 3, rel=1e-3)


def test_a_wrong_bit_of_an_integer_layer_is_found(verify: Verify, broken: Break) -> None:
    broken("tl_patch_conv_s8", "if (channels == 8) out[7] ^= 1;")
    code, row = verify("human_activity:int8", "--inputs", "1")
    assert (code, departing(row)) == (6, [["conv2d_1", "conv2d_1_nl"]])
    [wrong] = [layer for layer in row["layers"] if not layer["agrees"]]
    assert (wrong["differing"], wrong["max_abs_error"], wrong["tolerance"]) == (1, 1.0, 0.0)
    assert wrong["largest"]["index"] == [0, 0, 7]


def test_the_table_names_the_layer(broken: Break, capsys: pytest.CaptureFixture[str]) -> None:
    broken("tl_dense_f32", "if (shape->inputs == 64) out[-1] += 0.5f;")
    assert main(["verify", "human_activity", "--on", STATION, "--inputs", "1"]) == 6
    told = capsys.readouterr()
    assert "dense_1 is the first layer that departs; 1 of 5 do." in told.out
    assert "DEPARTS" in told.out
    assert "input 1 of 1" in told.err


def test_layers_before_a_fault_of_the_core_are_kept(verify: Verify, broken: Break) -> None:
    broken("tl_dense_f32", f"if (shape->inputs == 64) {UNDEFINED_INSTRUCTION}")
    code, row = verify("human_activity", "--inputs", "1")
    assert code == 6
    assert row["error"]["kind"] == "core_fault"
    assert [layer["layers"][0] for layer in row["layers"]] == ["conv1d", "conv1d_1", "dense"]
    assert departing(row) == []
    assert not row["agrees"]
