"""ST's generated code, by its stand-in, measured on virtual boards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.cubeai import StandIn
from tinylab.bench.prepare import st_code
from tinylab.boards.catalog import by_name
from tinylab.build.project import build
from tinylab.cli.main import main
from tinylab.codegen.cubeai.folder import read_folder
from tinylab.codegen.names_header import FILE, Seam
from tinylab.errors import ModelFileError
from tinylab.stream import frames
from tinylab.zoo import catalog, load
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Dense

WB = "sim:nucleo_wb55rg@64"


@pytest.fixture(scope="module")
def house() -> Network:
    found = catalog.find("house_price")
    assert isinstance(found, catalog.CatalogModel)
    return load.load(found.keras)


@pytest.fixture(scope="module")
def activity() -> Network:
    found = catalog.find("human_activity")
    assert isinstance(found, catalog.CatalogModel)
    return load.load(found.keras)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all: what one run leaves in it must not disturb the next."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("CACHE", "DATA", "CONFIG"):
        monkeypatch.setenv(f"TINYLAB_{kind}_DIR", str(home / kind.lower()))


def run(tmp_path: Path, *arguments: str, code: int = 0) -> Mapping[str, list[dict[str, object]]]:
    result = tmp_path / "run.json"
    done = main(["--headless", *arguments, "--inferences", "2", "-o", str(result)])
    document = json.loads(result.read_text())
    assert done == code, document["failures"]
    return document  # type: ignore[no-any-return]


VARIANTS = {
    "5.0": ("ai_5", (5, 0, 0), {}),
    "5.2, uint8, another name": ("ai_5", (5, 2, 0), {"kind": "uint8", "name": "prices"}),
    "6.0": ("ai_5", (6, 0, 0), {}),
    "7.2, int8": ("ai_7", (7, 2, 0), {"kind": "int8"}),
    "7.3, inside activations": ("ai_7", (7, 3, 0), {"inside": True}),
    "9.1": ("ai_7", (9, 1, 0), {}),
    "10.2, int8, inside": ("ai_7", (10, 2, 0), {"kind": "int8", "inside": True}),
    "10.2, own buffers": ("ai_7", (10, 2, 0), {}),
    "stai 10.1, int8": ("stai", (10, 1, 0), {"kind": "int8"}),
    "stai 11.0, inside": ("stai", (11, 0, 0), {"inside": True, "name": "prices"}),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_interface_gives_the_models_outputs(
    tmp_path: Path, house: Network, variant: str
) -> None:
    interface, version, options = VARIANTS[variant]
    made = StandIn(house, interface, version, **options)  # type: ignore[arg-type]
    folder = made.write(tmp_path / "generated")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    document = run(tmp_path, "--model", "house_price", "--cubeai-dir", str(folder), "--on", WB)
    [row] = document["rows"]
    output = row["output"]
    assert isinstance(output, dict)
    assert output["ok"]
    quantised = "kind" in options
    steps = 8 * 0.0078125 if quantised else 0.0
    assert steps < output["tolerance"] < steps + 2e-4
    assert (output["max_abs_error"] > 1e-5) == quantised
    assert row["runtime"] == {"name": "cubeai", "version": ".".join(map(str, version))}
    assert (row["parameters"], row["macc"], row["weights_bytes"]) == (6_534, 6_771, 26_136)
    assert row["model"] == "house_price"
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before, "the folder is used as it is"


@pytest.mark.parametrize(("board", "core"), [("nucleo_h723zg", "M7"), ("nucleo_u575zi_q", "M33")])
def test_other_cores(tmp_path: Path, house: Network, board: str, core: str) -> None:
    folder = StandIn(house, "stai", (10, 2, 0), cores=("M4", core)).write(tmp_path / "generated")
    [row] = run(
        tmp_path, "--model", "house_price", "--cubeai-dir", str(folder), "--on", f"sim:{board}"
    )["rows"]
    assert row["valid"]


def test_both_runtimes_side_by_side(
    tmp_path: Path, house: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = StandIn(house).write(tmp_path / "generated")
    arguments = ["--model", "house_price", "--runtime", "both", "--cubeai-dir", str(folder)]
    rows = run(tmp_path, *arguments, "--on", "sim:nucleo_wb55rg@48,64")["rows"]
    assert [row["runtime"]["name"] for row in rows] == ["tinylab"] * 2 + ["cubeai"] * 2  # type: ignore[index]
    table = capsys.readouterr().out
    ours, theirs = rows[1]["cycles"]["median"], rows[3]["cycles"]["median"]  # type: ignore[index]
    lines = [line.split() for line in table.splitlines()]
    assert ["cubeai", "/", "tinylab"] in [line[:3] for line in lines]
    ratio = next(line for line in lines if line[:3] == ["cubeai", "/", "tinylab"])
    assert ratio[-1] == f"{theirs / ours:.2f}x"
    assert table.index("tinylab") < table.index("cubeai") < table.index("Inferences per second")
    assert main(["history", "--limit", "4"]) == 0
    assert capsys.readouterr().out.count("house_price (cubeai)") == 2


def test_without_a_model_the_outputs_are_not_checked_and_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two networks in one folder, of other shapes: nothing of the first is in the second."""
    folder = tmp_path / "generated"
    StandIn(networks.human_activity(), name="activity", cores=()).write(folder)
    StandIn(networks.human_activity(), name="gesture", report=False).write(folder)
    rows = run(tmp_path, "--cubeai-dir", str(folder), "--on", WB)["rows"]
    assert [row["output"] for row in rows] == [None, None]
    assert [row["model"] for row in rows] == [
        f"{folder}/X-CUBE-AI/App/{name}" for name in ("activity", "gesture")
    ]
    assert [row["parameters"] for row in rows] == [12_075, None]
    assert rows[0]["cycles"]["median"] == rows[1]["cycles"]["median"]  # type: ignore[index]
    assert "not checked" in capsys.readouterr().out
    assert all("outputs not checked: no model was given" in row["warnings"] for row in rows)  # type: ignore[operator]


def test_quantised_outputs_of_unknown_scale_are_not_checked(tmp_path: Path, house: Network) -> None:
    folder = StandIn(house, "stai", (10, 2, 0), kind="int8").write(tmp_path / "generated")
    header = folder / "X-CUBE-AI/App/network.h"
    kept = [line for line in header.read_text().splitlines() if "_SCALE" not in line]
    header.write_text("\n".join(kept))
    arguments = ["--model", "house_price", "--cubeai-dir", str(folder), "--on", WB]
    [row] = run(tmp_path, *arguments)["rows"]
    assert row["output"] is None
    assert "does not define their quantisation" in str(row["warnings"])


INT8 = "models/human_activity/model_int8.tflite"
OUTPUT_SCALE = 0.00390625
INT8_SCALES = (0.1799091100692749, -3), (OUTPUT_SCALE, -128)
"""Of that file's input and output."""


def int8(network: Network, folder: Path) -> Path:
    made = StandIn(network, "ai_7", (9, 1, 0), kind="int8", scales=INT8_SCALES)
    return made.write(folder)


def test_a_quantised_folder_is_checked_against_its_tflite_file(
    tmp_path: Path, activity: Network
) -> None:
    """LiteRT runs the file, which tinylab itself does not read."""
    folder = int8(activity, tmp_path / "generated")
    arguments = ["--model", INT8, "--cubeai-dir", str(folder), "--on", WB]
    [row] = run(tmp_path, *arguments)["rows"]
    output = row["output"]
    assert isinstance(output, dict)
    assert output["ok"]
    steps = 16 * OUTPUT_SCALE
    assert steps < output["tolerance"] < steps + 2e-4
    assert output["max_abs_error"] < steps / 2
    assert row["model_sha256"] == hashlib.sha256(Path(INT8).read_bytes()).hexdigest()
    assert "compared with the LiteRT interpreter" in str(row["warnings"])
    assert "tolerance 0.0626, with 16 quantisation steps" in str(row["warnings"])


@pytest.mark.parametrize("scales", ["in the code", "in the model alone"])
def test_own_data_are_quantised_for_sts_code_as_its_network_takes_them(
    tmp_path: Path, activity: Network, scales: str
) -> None:
    made = StandIn(activity, "stai", (10, 2, 0), kind="int8", scales=INT8_SCALES)
    folder = made.write(tmp_path / "generated")
    if scales == "in the model alone":
        header = folder / "X-CUBE-AI/App/network.h"
        kept = [line for line in header.read_text().splitlines() if "_SCALE" not in line]
        header.write_text("\n".join(kept))
    golden = catalog.golden(catalog.model("human_activity"))
    np.savez(tmp_path / "mine.npz", x=golden.inputs[:8], y=golden.targets[:8])
    arguments = ["--model", "human_activity:int8", "--cubeai-dir", str(folder), "--on", WB]
    [row] = run(tmp_path, *arguments, "--data", str(tmp_path / "mine.npz"))["rows"]
    data, accuracy, output = row["data"], row["accuracy"], row["output"]
    assert isinstance(data, dict)
    assert isinstance(accuracy, dict)
    assert isinstance(output, dict)
    assert (row["inputs"], data["samples"], data["different"]) == ("mine.npz", 8, 0)
    assert len(data["each"]) == 8
    wanted = load.load(Path(INT8))
    [outputs] = reference.run(wanted, [golden.inputs[:8]])
    score = catalog.score("accuracy", outputs, golden.targets[:8])
    assert (accuracy["host"], accuracy["samples"]) == (pytest.approx(score), 8)
    assert accuracy["board"] >= score - 1 / 8
    assert 16 * OUTPUT_SCALE < output["tolerance"] < 16 * OUTPUT_SCALE + 2e-4


def test_own_data_for_code_whose_model_tinylab_does_not_read_are_refused(
    tmp_path: Path, activity: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not silently replaced by random values."""
    refused = ModelFileError("An operator that is not supported.", remedy="Use another.")

    def unread(*_: object) -> Network:
        raise refused

    monkeypatch.setattr(load, "load_each", lambda files, *_: [refused for _ in files])
    monkeypatch.setattr(load, "load", unread)
    np.save(tmp_path / "mine.npy", np.zeros((2, 26, 3)))
    folder = int8(activity, tmp_path / "generated")
    arguments = ["--model", INT8, "--cubeai-dir", str(folder), "--on", WB]
    data = str(tmp_path / "mine.npy")
    [failure] = run(tmp_path, *arguments, "--data", data, code=2)["failures"]
    assert "cannot give it the samples of --data" in str(failure["message"])


def test_quantised_code_of_another_training_gives_wrong_outputs(
    tmp_path: Path, activity: Network
) -> None:
    folder = int8(retrained(activity, -1), tmp_path / "generated")
    arguments = ["--model", INT8, "--cubeai-dir", str(folder), "--on", WB]
    [row] = run(tmp_path, *arguments, code=6)["rows"]
    assert not row["valid"]


def test_a_tflite_file_that_nothing_can_run(tmp_path: Path, activity: Network) -> None:
    folder = StandIn(activity, "ai_7", (9, 1, 0), kind="int8").write(tmp_path / "generated")
    damaged = tmp_path / "damaged.tflite"
    damaged.write_bytes(Path(INT8).read_bytes()[:300])
    arguments = ["--model", str(damaged), "--cubeai-dir", str(folder), "--on", WB]
    [failure] = run(tmp_path, *arguments, code=2)["failures"]
    assert str(failure["message"]).startswith("damaged.tflite: the ")
    assert "LiteRT interpreter" in str(failure["message"])
    assert failure["remedy"]


def test_rows_of_two_networks_from_one_model_are_told_apart(
    tmp_path: Path, house: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "generated"
    for name in ("small", "fast"):
        StandIn(house, "ai_7", (9, 1, 0), name=name).write(folder)
    rows = run(tmp_path, "--cubeai-dir", str(folder), "--on", WB)["rows"]
    assert [row["title"] for row in rows] == ["house price (fast)", "house price (small)"]
    table = capsys.readouterr().out
    assert "house price (fast)" in table
    assert "house price (small)" in table
    arguments = ["--model", "house_price", "--cubeai-dir", str(folder), "--on", WB]
    rows = run(tmp_path, *arguments)["rows"]
    assert [row["model"] for row in rows] == ["house_price (fast)", "house_price (small)"]
    assert all(row["output"]["ok"] for row in rows)  # type: ignore[index]
    assert "house price (small)" in capsys.readouterr().out


def test_one_network_behind_another_on_one_board(tmp_path: Path, house: Network) -> None:
    """Their headers have the same names; the second build must not see the first's."""
    first = StandIn(networks.human_activity()).write(tmp_path / "first")
    second = StandIn(house).write(tmp_path / "second")
    run(tmp_path, "--cubeai-dir", str(first), "--on", WB)
    [row] = run(tmp_path, "--model", "house_price", "--cubeai-dir", str(second), "--on", WB)["rows"]
    assert row["valid"]


@pytest.mark.parametrize("board", ["nucleo_wb55rg", "nucleo_h723zg", "nucleo_u575zi_q"])
@pytest.mark.parametrize(("interface", "version"), [("ai_7", (10, 2, 0)), ("stai", (11, 0, 0))])
def test_several_inputs_and_outputs_link_and_move_nothing_that_is_timed(
    tmp_path: Path, house: Network, interface: str, version: tuple[int, int, int], board: str
) -> None:
    made = StandIn(house, interface, version, cores=("M4", "M7", "M33"))
    [network] = read_folder(made.write(tmp_path / "generated")).networks
    prepared = st_code.prepare(network, "house", None, by_name(board))
    files = {**prepared.files, "tinylab_mailbox.h": frames.c_header().encode()}
    surface = network.surface
    several = Seam(
        interface,
        "cubeai",
        network.name,
        surface.inputs * 3,
        surface.outputs * 2,
        surface.activations,
    )
    with_one, with_several = (
        build(by_name(board), files | {FILE: header}, settings=prepared.settings).symbols
        for header in (files[FILE], several.header())
    )
    timed = ("tl_timing_cycles", f"{'stai' if interface == 'stai' else 'ai'}_network_run")
    assert all(with_one[name] == with_several[name] for name in timed)


def retrained(network: Network, factor: float = 2) -> Network:
    last = network.layers[-2]
    other = tuple(
        replace(layer, operation=Dense(layer.operation.weights * factor, layer.operation.bias))
        if isinstance(layer.operation, Dense) and layer.name == last.name
        else layer
        for layer in network.layers
    )
    assert other != network.layers
    return replace(network, layers=other)


def test_code_of_another_training_gives_wrong_outputs(tmp_path: Path, house: Network) -> None:
    folder = StandIn(retrained(house)).write(tmp_path / "generated")
    arguments = ["--model", "house_price", "--cubeai-dir", str(folder), "--on", WB]
    [row] = run(tmp_path, *arguments, code=6)["rows"]
    assert not row["valid"]


def test_code_of_another_model_is_refused(tmp_path: Path) -> None:
    folder = StandIn(networks.human_activity()).write(tmp_path / "generated")
    arguments = ["--model", "house_price", "--cubeai-dir", str(folder), "--on", WB]
    [failure] = run(tmp_path, *arguments, code=2)["failures"]
    assert "takes 78 values, the model 19" in str(failure["message"])
    assert failure["runtime"] == "cubeai"


def test_what_the_runtime_complains_of_is_said_in_words(tmp_path: Path, house: Network) -> None:
    """A library that finds no CRC unit of ST's, as on a chip of somebody else's."""
    for interface, version, said in (
        ("ai_5", (6, 0, 0), "the network cannot be created (type 0x33"),
        ("stai", (11, 0, 0), "it checks that the chip is made by ST (return code 0x060000)"),
    ):
        folder = StandIn(house, interface, version).write(tmp_path / interface)
        code = folder / "X-CUBE-AI/App/network.c"
        code.write_text(code.read_text().replace("standin_on_st_silicon()", "0"))
        [failure] = run(tmp_path, "--cubeai-dir", str(folder), "--on", WB, code=6)["failures"]
        assert said in str(failure["message"])
