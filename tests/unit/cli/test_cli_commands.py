"""The commands that list and export."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted, plan_of
from tinylab import paths
from tinylab.boards.catalog import by_name
from tinylab.cli.arguments import parse
from tinylab.cli.headless import headless
from tinylab.cli.main import main
from tinylab.errors import ExitCode
from tinylab.results.identity import RunIdentity
from tinylab.results.record import RunDocument
from tinylab.results.store import Store
from tinylab.units import plus_minus

MADE_UP = Path(__file__).parents[2] / "fakes" / "boards" / "nucleo_f411re.toml"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def kept(capsys: pytest.CaptureFixture[str]) -> None:
    """One session of the study's plan in the database."""
    study = ["--on", "sim:nucleo_wb55rg@48,64", "--on", "sim:nucleo_h723zg@180,550"]
    assert headless(parse(["--headless", *study]), Scripted()) == ExitCode.OK
    capsys.readouterr()


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == ExitCode.OK
    return capsys.readouterr().out


def test_boards(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "boards")
    assert "nucleo_wb55rg" in text
    assert "0.1 MHz to 64 MHz" in text
    f446 = next(line for line in text.splitlines() if "nucleo_f446re" in line)
    assert "180 MHz" in f446
    error = by_name("nucleo_f446re").expected_error_percent
    assert f446.rstrip().endswith(plus_minus(error))
    rows = json.loads(said(capsys, "boards", "--json"))
    assert next(r for r in rows if r["name"] == "nucleo_f446re")["expected_error_percent"] == error
    h723 = next(row for row in rows if row["name"] == "nucleo_h723zg")
    assert (h723["core"], h723["max_clock_hz"]) == ("cortex-m7", 550e6)
    assert (h723["probe"], h723["serial_port"]) == ("V3", "USART3")


def test_boards_sum_up_what_was_compared_with_silicon(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "boards").splitlines()
    for core in ("Cortex-M4", "Cortex-M7", "Cortex-M33"):
        told = next(line for line in lines if line.startswith(f"{core}, networks"))
        assert "not used for tuning: median" in told
        assert any(line.startswith(f"{core}, general code: ") for line in lines)


def test_probes_list_virtual_stations_marked_sim(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for line in said(capsys, "probes").splitlines() if "nucleo_wb55rg" in line]
    assert any("V2-1 SIM" in line and "ready" in line for line in lines)
    rows = json.loads(said(capsys, "probes", "--json"))
    assert {"nucleo_wb55rg", "nucleo_h723zg"} <= {r["board_name"] for r in rows if r["simulated"]}


def test_history_is_newest_first(kept: None, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "history").splitlines()
    assert len(lines) == 2 + 12
    assert lines[2].split()[0] == "12"
    assert "sim:nucleo_h723zg" in lines[2]
    rows = json.loads(said(capsys, "history", "--json", "--limit", "3"))
    assert [row["id"] for row in rows] == [12, 11, 10]
    assert rows[0]["record"]["cycles"]["n"] == 6


def test_history_tells_why_a_run_came_to_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Store.open(paths.results_database()) as store:
        run = store.begin_run(
            RunIdentity(
                model="house_price",
                title="house price",
                board="nucleo_wb55rg",
                core="cortex-m4",
                serial="066",
                simulated=False,
                clock_hz=64_000_000,
            )
        )
        store.interrupt(run, "The probe was unplugged.")
    assert main(["history"]) == ExitCode.OK
    told = capsys.readouterr()
    assert "interrupted" in told.out
    assert told.err == f"{run}: The probe was unplugged.\n"


def test_export_of_the_last_session_is_what_headless_printed(
    kept: None, capsys: pytest.CaptureFixture[str]
) -> None:
    document = RunDocument.parse(said(capsys, "export", "last", "--json"), "stdout")
    assert [(r.board, r.clock_hz, r.model) for r in document.rows] == [
        (j.board, j.clock_hz, j.model) for j in plan_of().jobs
    ]


def test_export_of_one_run_into_files(
    kept: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "one.csv"
    said(capsys, "export", "3", "-o", str(target))
    assert len(target.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "99"], "no run 99"),
        (["export", "x"], "'x' is not a run"),
        (["export", "²"], "'²' is not a run"),
        (["export"], "required: RUN"),
        (["history", "--limit", "0"], "--limit takes a whole number from 1"),
    ],
)
def test_bad_arguments(
    kept: None, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.INPUT
    assert says in capsys.readouterr().err


def test_with_no_runs_kept_export_says_how_to_make_some(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["export", "last"]) == ExitCode.INPUT
    assert "tinylab run" in capsys.readouterr().err


def test_models_show_every_layer_with_its_cost(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "models", "human_activity")
    total = text.splitlines()[-1]
    assert "human activity recognition" in total
    assert total.split()[-2:] == ["12,075", "24,120"]
    assert any("Conv1D" in line and "24 x 16" in line for line in text.splitlines())
    layers = json.loads(said(capsys, "models", "human_activity", "--json"))["layers"]
    assert sum(layer["macc"] for layer in layers) == 24_120


def test_models_list_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "models").splitlines()
    assert [line.split()[0] for line in lines[2:]] == [
        "house_price",
        "house_price:int8",
        "human_activity",
        "human_activity:int8",
        "image_classification",
        "image_classification:int8",
    ]
    assert lines[3].split()[-5:] == ["KiB", "int8", "none", "r2", "0.852"]
    rows = json.loads(said(capsys, "models", "--json"))
    assert [(row["parameters"], row["macc"]) for row in rows[::2]] == [
        (6_534, 6_771),
        (12_075, 24_120),
        (412_778, 2_323_968),
    ]
    for plain, quantised in zip(rows[::2], rows[1::2], strict=True):
        assert quantised["name"] == f"{plain['name']}:int8"
        assert (plain["number_type"], quantised["number_type"]) == ("float32", "int8")
        assert quantised["weights_bytes"] < plain["weights_bytes"] / 2
        assert quantised["held_out"]["float"] == plain["held_out"]["score"]


@pytest.mark.parametrize(
    ("command", "readable"),
    [(["history"], " us "), (["boards"], "+-4 %"), (["export", "last"], "SIM +-")],
)
def test_what_the_encoding_lacks_is_readable_and_nothing_is_lost(
    kept: None,
    command: list[str],
    readable: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = MADE_UP.read_text().replace("[expected_error]", "[expected_error]\npercent = 4")
    (tmp_path / "boards").mkdir()
    (tmp_path / "boards" / "mine.toml").write_text(board)
    monkeypatch.setenv("TINYLAB_CONFIG_DIR", str(tmp_path))
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="ascii"))
    assert main(command) == ExitCode.OK
    sys.stdout.flush()
    text = printed.getvalue().decode("ascii")
    assert "nucleo_h723zg" in text.lower() or "NUCLEO-H723ZG" in text
    assert readable in text
    assert "?" not in text


def test_an_unknown_model_and_a_broken_file_are_input_errors(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["models", "house_prize"]) == ExitCode.INPUT
    assert "house_price" in capsys.readouterr().err
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"PK\x03\x04" + bytes(100))
    assert main(["models", str(broken)]) == ExitCode.INPUT
    said_of_it = capsys.readouterr().err
    assert "broken.keras" in said_of_it
    assert "Traceback" not in said_of_it


def test_doctor_tells_everything_with_state_and_schema(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["doctor", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "tinylab.doctor/1"
    assert told["at_fault"] == any(check["state"] == "fault" for check in told["checks"])
    assert code == (ExitCode.STATION if told["at_fault"] else ExitCode.OK)
    assert {"compiler", "board packs", "terminal"} <= {check["name"] for check in told["checks"]}
    assert all(set(c) == {"name", "state", "reason", "remedy"} for c in told["checks"])


def test_doctor_ends_with_3_when_something_is_at_fault(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_ARM_TOOLCHAIN", str(tmp_path))
    assert main(["doctor"]) == ExitCode.STATION
    text = capsys.readouterr().out
    assert "fault       compiler: arm-none-eabi-gcc was not found in" in text
    assert "            > Install it: sudo apt-get install" in text
    assert "Faults: 1" in text


def test_doctor_says_its_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--help"]) == ExitCode.OK
    text = " ".join(capsys.readouterr().out.split())
    assert "exit code 0 if there is no fault, else 3" in text
