"""Whole sessions with the runtime cubeai through ST's tool, from the model file to the record.

ST's tool and library are stand-ins; what they make is compiled, linked, flashed and measured.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fakes.cubeai import StandIn as GeneratedStandIn
from tests.fakes.cubeai.folder import PACK
from tests.fakes.st_tools import StandIn, assert_gone, install
from tests.virtual.sessions.test_bad_input import tinylab
from tinylab.bench.plan.events import Event, RunFailed, RunFinished, Stage, StageProgress
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.session.session import run
from tinylab.errors import GenerationError, Interrupted
from tinylab.results.store import Store
from tinylab.zoo import catalog, load

MODEL = "house_price"


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    """An installation of ST Edge AI Core 2.2 whose tool knows one network."""
    network = load.load(catalog.model(MODEL).keras)
    root = tmp_path_factory.mktemp("ein Ordner für ST")
    made = GeneratedStandIn(network, "stai", (10, 2, 0), layout=PACK, cores=("M4", "M7"))
    folder = made.write(tmp_path_factory.mktemp("made"))
    (folder / "Middlewares").rename(root / "Middlewares")
    files = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    return install(root, "10.2.0", files=files)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ST's code is generated anew in each test; images may come from the tests' cache."""
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "cache"))


def measured(
    folder: Path, tool: StandIn, *stations: str, models: Sequence[str] = (MODEL,), **options: object
) -> list[Event]:
    wanted = Options(
        runtimes=("cubeai",),
        inferences=3,
        st_tool=str(tool.root),
        **options,  # type: ignore[arg-type]
    )
    plan = make_plan(models, [parse_station(text) for text in stations], wanted)
    with Store.open(folder / "results.sqlite") as store:
        return list(run(plan, store=store, cancelled=threading.Event()))


def test_a_model_file_goes_through_sts_tool_and_is_measured(tmp_path: Path, tool: StandIn) -> None:
    before = len(tool.generated)
    events = measured(tmp_path, tool, "sim:nucleo_wb55rg@32,64", "sim:nucleo_h723zg@550")
    records = [event.record for event in events if isinstance(event, RunFinished)]
    assert len(records) == 3, [str(one.error) for one in events if isinstance(one, RunFailed)]
    for record in records:
        assert record.valid
        assert record.output.ok
        assert record.runtime == "cubeai"
        assert record.identity.runtime_version == "10.2.0"
        assert record.identity.parameters == 6_534, "from the tool's report"
    told = [
        event
        for event in events
        if isinstance(event, StageProgress) and event.stage is Stage.GENERATE
    ]
    assert any(event.output == "-- Writing C" for event in told)
    assert any("stedgeai 2.2.0: Writing C" in event.text for event in told)
    lines = [" ".join(line) for line in tool.generated[before:]]
    assert len(lines) == 2, "once for each part, not for each clock"
    assert all("--model model.tflite --type tflite" in line for line in lines)
    assert {line.partition("--target ")[2].split()[0] for line in lines} == {"stm32wb", "stm32h7"}
    measured(tmp_path, tool, "sim:nucleo_wb55rg@16")
    assert len(tool.generated) == before + 2, "the second session finds it in the cache"


def test_what_was_asked_for_reaches_the_tool_and_the_record(tmp_path: Path, tool: StandIn) -> None:
    events = measured(tmp_path, tool, "sim:nucleo_wb55rg@64", compression="x4", optimize="ram")
    [record] = [event.record for event in events if isinstance(event, RunFinished)]
    assert "--compression low" in " ".join(tool.generated[-1])
    assert "--optimization ram" in " ".join(tool.generated[-1])
    assert any("asked to compress as x4" in text for text in record.warnings)


def test_a_model_that_only_sts_tool_can_read_is_measured_unchecked(
    tmp_path: Path, tool: StandIn
) -> None:
    onnx = tmp_path / "net.onnx"
    onnx.write_bytes(b"some layers")
    events = measured(tmp_path, tool, "sim:nucleo_wb55rg@64", models=[str(onnx)])
    [record] = [event.record for event in events if isinstance(event, RunFinished)]
    assert any("outputs not checked" in text for text in record.warnings)


def test_a_tool_that_writes_something_else_is_told_as_that(tmp_path: Path) -> None:
    strange = install(tmp_path / "pack", "10.2.0")
    events = measured(tmp_path, strange, "sim:nucleo_wb55rg@64")
    [error] = [event.error for event in events if isinstance(event, RunFailed)]
    assert isinstance(error, GenerationError)
    assert "The code that stedgeai 2.2.0 generated is not supported" in error.message
    assert "--st-tool" in error.remedy


def test_the_tools_complaint_fails_the_run(tmp_path: Path) -> None:
    complaint = "NOT IMPLEMENTED: Unsupported layer types: Range"
    broken = install(tmp_path / "pack", "10.2.0", complains=[complaint], code=255)
    events = measured(tmp_path, broken, "sim:nucleo_wb55rg@32,64")
    errors = [event.error for event in events if isinstance(event, RunFailed)]
    assert len(errors) == 2
    for error in errors:
        assert isinstance(error, GenerationError)
        assert complaint in error.message
        assert "--runtime tinylab" in error.remedy
    assert len(broken.generated) == 1, "once, not for each clock"


def test_stopped_while_the_tool_works_nothing_of_it_is_left(tmp_path: Path) -> None:
    hanging = install(tmp_path / "pack", "10.2.0", hangs="generate")
    options = Options(runtimes=("cubeai",), st_tool=str(hanging.root))
    plan = make_plan([MODEL], [parse_station("sim:nucleo_wb55rg@64")], options)
    cancelled = threading.Event()
    printed: list[str] = []
    with Store.open(tmp_path / "results.sqlite") as store:
        for event in run(plan, store=store, cancelled=cancelled):
            if isinstance(event, StageProgress) and event.stage is Stage.GENERATE:
                printed.append(event.output)
                if "waiting" in event.output:
                    cancelled.set()
    assert isinstance(event, RunFailed)
    assert isinstance(event.error, Interrupted)
    assert_gone("\n".join(printed))


def test_both_runtimes_stand_side_by_side(tmp_path: Path, tool: StandIn) -> None:
    (tmp_path / "home").mkdir()
    done = tinylab(
        tmp_path / "home",
        *("--headless", "--model", MODEL, "--on", "sim:nucleo_wb55rg@64", "--inferences", "3"),
        *("--runtime", "both", "--st-tool", str(tool.root), "--format", "json"),
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [row["runtime"]["name"] for row in rows] == ["tinylab", "cubeai"]
    assert all(row["valid"] for row in rows)
