"""Code through ST's tool: its command line by version, its cache, its complaints, its end."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from tests.fakes.st_tools import StandIn, assert_gone, bare_machine, install
from tinylab.cached_folders import SUMS
from tinylab.codegen.compress import Compression
from tinylab.codegen.st_tool import generate, tool_process
from tinylab.codegen.st_tool.command import Request
from tinylab.codegen.st_tool.generate import GeneratedFolder, Progress
from tinylab.codegen.st_tool.installation import choose
from tinylab.errors import (
    ExitCode,
    GenerationError,
    Interrupted,
    ModelFileError,
    NoTool,
    TinylabError,
)

X4, X8 = Compression.X4, Compression.X8


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return bare_machine(tmp_path, monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A file in a folder that nothing may be written to."""
    folder = tmp_path / "Modelle, außen"
    folder.mkdir()
    file = folder / "mein Netz.tflite"
    file.write_bytes(b"0000TFL3 the weights")
    return file


def run(tool: StandIn, request: Request, told: list[Progress] | None = None) -> GeneratedFolder:
    listen = told.append if told is not None else lambda _: None
    return generate.generate(request, choose(str(tool.root)), progress=listen)


def request(model: Path, **wishes: object) -> Request:
    return Request(model, "STM32H723ZG", **wishes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pack", "words"),
    [
        ("5.2.0", "--compression 8 --allocate-inputs --allocate-outputs"),
        ("7.0.0", "--compression 8 --allocate-inputs --allocate-outputs"),
        (
            "8.0.1",
            "--compression high --series stm32h7 --allocate-inputs --allocate-outputs --quiet",
        ),
        ("9.1.0", "--compression high --target stm32h7 --quiet"),
        ("10.2.0", "--compression high --target stm32h7 --quiet"),
        ("11.0.0", "--compression high --target stm32h7 --quiet"),
    ],
)
def test_each_version_gets_its_own_words(
    tmp_path: Path, model: Path, pack: str, words: str
) -> None:
    tool = install(tmp_path / "ein Ordner für ST" / pack, pack)
    made = run(tool, request(model, compression=X8))
    line = "generate --model model.tflite --type tflite --name network"
    rest = words.replace(" --allocate-inputs", " --workspace workspace --output output @")
    if "@" not in rest:
        rest = rest.replace(" --quiet", " --workspace workspace --output output --quiet")
    assert tool.generated == [[*line.split(), *rest.replace("@", "--allocate-inputs").split()]]
    names = {path.name for path in made.folder.iterdir()}
    assert names == {
        "network.c",
        "network.h",
        "network_data.c",
        "network_data.h",
        "network_generate_report.txt",
        "network_c_info.json",
        SUMS,
    }
    assert f"{len(model.read_bytes())} bytes" in (made.folder / "network.c").read_text()
    assert made.libraries == (tool.root / "Middlewares" / "ST" / "AI",)
    assert str(made.version.pack) == pack
    assert not made.cached
    assert [path.name for path in model.parent.iterdir()] == [model.name]


def test_optimisation_and_name_go_on_to_the_tool(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    made = run(tool, request(model, optimize="ram", name="speech"))
    assert "--optimization ram" in " ".join(tool.generated[0])
    assert (made.folder / "speech_data.c").exists()


def test_what_a_version_cannot_do_is_told_before_it_is_started(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "7.0.0")
    keras = model.with_suffix(".keras")
    for bad, message, remedy in (
        (request(model, optimize="speed"), "has no option for what it optimises", "7.3 or newer"),
        (request(keras), "does not read .keras files", ".tflite or .h5"),
        (request(model.with_suffix(".pt")), "does not read mein Netz.pt", ".onnx"),
        (request(model, name="mein netz"), "cannot be part of C names", "letters"),
    ):
        bad.model.write_bytes(b"anything")
        with pytest.raises(GenerationError, match=message) as caught:
            run(tool, bad)
        assert remedy in caught.value.remedy
    assert tool.generated == []
    core = install(tmp_path / "core", "10.2.0")
    run(core, request(keras))
    assert "--type keras" in " ".join(core.generated[0])


def test_a_series_that_the_tool_does_not_list(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    run(tool, Request(model, "STM32WB55RG"))
    assert "--target stm32wb" in " ".join(tool.generated[0])
    with pytest.raises(GenerationError, match="does not support the STM32C011F4") as caught:
        run(tool, Request(model, "STM32C011F4"))
    assert "stm32f4, stm32f7" in caught.value.remedy


def test_a_help_that_cannot_be_read_is_made_up_for(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "8.0.1", help="unreadable")
    run(tool, request(model, compression=X4, optimize="speed"))
    line = " ".join(tool.generated[0])
    assert "--compression low --series stm32h7 --optimization time" in line


def test_its_variables_name_itself_and_none_of_our_python_is_told_to_it(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("STEDGEAI_CORE_DIR", "/elsewhere")
    tool = install(tmp_path / "pack", "10.2.0")
    run(tool, request(model))
    assert "PYTHONHOME" not in tool.environment
    assert tool.environment["STEDGEAI_CORE_DIR"] == str(tool.root)


def test_what_it_says_is_told_line_by_line(tmp_path: Path, model: Path) -> None:
    told: list[Progress] = []
    run(install(tmp_path / "pack", "10.2.0", complains=["a warning"]), request(model), told)
    assert told[0] == Progress("Starting stedgeai 2.2.0")
    assert Progress("stedgeai 2.2.0: Reading the model", "a warning") in told
    assert told[-1] == Progress("stedgeai 2.2.0: Writing C", "-- Writing C - done")


def test_the_same_again_comes_from_the_cache_and_anything_else_does_not(
    tmp_path: Path, model: Path
) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    first = run(tool, request(model))
    again = run(tool, request(model))
    assert (again.folder, again.cached) == (first.folder, True)
    copy = model.with_name("copy.tflite")
    copy.write_bytes(model.read_bytes())
    assert run(tool, request(copy)).cached, "what counts is the content"
    assert len(tool.generated) == 1
    others = [
        request(model, compression=X4),
        request(model, optimize="balanced"),
        request(model, name="other"),
        Request(model, "STM32F401RE"),
    ]
    folders = {run(tool, other).folder for other in others} | {first.folder}
    assert len(folders) == len(tool.generated) == 5
    model.write_bytes(b"0000TFL3 other weights")
    assert not run(tool, request(model)).cached
    newer = install(tmp_path / "newer", "11.0.0")
    assert not run(newer, request(model)).cached
    assert len(newer.generated) == 1


@pytest.mark.parametrize("damage", ["changed", "gone", "unreadable sums"])
def test_a_damaged_entry_is_made_again(tmp_path: Path, model: Path, damage: str) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    folder = run(tool, request(model)).folder
    whole = (folder / "network.c").read_text()
    if damage == "changed":
        (folder / "network.c").write_text("int main;")
    elif damage == "gone":
        (folder / "network.c").unlink()
    else:
        (folder / SUMS).write_text("[1")
    made = run(tool, request(model))
    assert not made.cached
    assert (made.folder / "network.c").read_text() == whole
    assert len(tool.generated) == 2


@pytest.mark.parametrize(
    ("complaint", "message", "remedy"),
    [
        (
            ["NOT IMPLEMENTED: Unsupported layer types: Range, OneHot"],
            "NOT IMPLEMENTED: Unsupported layer types: Range, OneHot",
            "another file format. `--runtime tinylab`",
        ),
        (
            ["error           : NOT IMPLEMENTED: no such thing", "model file : x"],
            "C: NOT IMPLEMENTED: no such thing.",
            "`--runtime tinylab`",
        ),
        (
            ["E010(InvalidModelError): ...", "Unrecognized keyword arguments passed to Dense: {}"],
            "E010(InvalidModelError): ... Unrecognized keyword arguments passed to Dense",
            "newer Keras",
        ),
        (["E102(CliArgumentError): Wrong files"], "E102(CliArgumentError): Wrong", "--st-tool"),
        (["INTERNAL ERROR: E801(HwIOError): odd"], "INTERNAL ERROR: E801", "See its output"),
        (["LOAD ERROR: truncated"], "LOAD ERROR: truncated", "Check that the file is complete"),
        (["stedgeai: error: unrecognized arguments: --x"], "unrecognized arguments", "--st-tool"),
        (["Traceback", "OSError: No space left on device"], "No space left", "Free some space"),
        (
            ["nothing that is known"],
            "exit code 255 and reported no error",
            "See its output",
        ),
    ],
)
def test_its_complaint_becomes_the_message(
    tmp_path: Path, model: Path, complaint: list[str], message: str, remedy: str
) -> None:
    tool = install(tmp_path / "pack", "10.2.0", complains=complaint, code=255)
    with pytest.raises(GenerationError) as caught:
        run(tool, request(model))
    assert caught.value.message.startswith("stedgeai 2.2.0 cannot turn mein Netz.tflite into C: ")
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert complaint[-1] in caught.value.details
    assert caught.value.exit_code == ExitCode.BUILD
    with pytest.raises(GenerationError):
        run(tool, request(model))
    assert len(tool.generated) == 2, "a failure is not kept"


def test_success_without_all_files_is_none(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0", omits=["network_data.c", "network_data.h"])
    with pytest.raises(GenerationError, match=r"did not generate network_data\.c, network_data\.h"):
        run(tool, request(model))
    tool = install(tmp_path / "pack", "10.2.0", omits=["network.c"], complains=["LOAD ERROR: x"])
    with pytest.raises(GenerationError, match="C: LOAD ERROR: x"):
        run(tool, request(model))


def test_an_end_by_a_signal_is_told(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    installed = choose(str(tool.root))
    generate.generate(request(model), installed)
    tool.executable.write_text("#!/bin/sh\nkill -SEGV $$\n")
    with pytest.raises(GenerationError, match="was terminated by signal 11"):
        generate.generate(request(model, name="other"), installed)


def test_one_that_never_ends_is_stopped_when_its_time_is_up(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "TIME_LIMIT_S", 3.0)
    tool = install(tmp_path / "pack", "10.2.0", hangs="generate")
    with pytest.raises(tool_process.TookTooLong, match="stedgeai took longer than 3 s") as caught:
        run(tool, request(model))
    assert_gone(caught.value.details)


def test_cancelled_it_ends_with_all_that_it_started(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0", hangs="generate")
    told: list[str] = []
    with pytest.raises(Interrupted, match="while ST's tool was generating"):
        generate.generate(
            request(model),
            choose(str(tool.root)),
            progress=lambda step: told.append(step.output),
            cancelled=lambda: any("waiting" in line for line in told),
        )
    assert_gone("\n".join(told))


def test_two_that_want_the_same_run_it_once(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    installed = choose(str(tool.root))
    made: list[GeneratedFolder] = []
    threads = [
        threading.Thread(target=lambda: made.append(generate.generate(request(model), installed)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.cached for one in made) == [False, True, True]
    assert len(tool.generated) == 1


def test_a_question_at_the_first_start_is_not_waited_for(tmp_path: Path, model: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0", prompts=True)
    assert (run(tool, request(model)).folder / "network.c").exists()


def test_a_tool_without_its_library_is_told_before_it_is_started(
    tmp_path: Path, model: Path
) -> None:
    tool = install(tmp_path / "pack", "8.0.1", library=False)
    with pytest.raises(NoTool, match="no Middlewares/ST/AI") as caught:
        run(tool, request(model))
    assert "--st-tool" in caught.value.remedy
    assert tool.generated == []


def test_a_model_that_is_not_there_and_a_cache_that_cannot_be(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    installed = choose(str(tool.root))
    with pytest.raises(ModelFileError, match="there is no such file"):
        generate.generate(request(model.with_name("other.tflite")), installed)
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(TinylabError) as caught:
        generate.generate(request(model), installed)
    assert caught.value.exit_code == ExitCode.BUILD
    assert "TINYLAB_CACHE_DIR" in caught.value.remedy


def test_a_model_saved_again_after_it_was_loaded_is_refused(tmp_path: Path, model: Path) -> None:
    """Its outputs would be compared with those of another network."""
    tool = install(tmp_path / "pack", "10.2.0")
    loaded = hashlib.sha256(model.read_bytes()).hexdigest()
    assert run(tool, request(model, sha256=loaded)).folder.is_dir()
    model.write_bytes(b"0000TFL3 other weights")
    with pytest.raises(ModelFileError, match=r"mein Netz\.tflite: has changed since it was read"):
        run(tool, request(model, sha256=loaded))


def test_a_pipe_instead_of_a_model_is_not_waited_for(tmp_path: Path) -> None:
    tool = install(tmp_path / "pack", "10.2.0")
    os.mkfifo(tmp_path / "net.tflite")
    with pytest.raises(ModelFileError, match="is not a regular file"):
        run(tool, request(tmp_path / "net.tflite"))
