"""Which installations of ST's tool are found, and which one is taken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.fakes.st_tools import BANNERS, StandIn, assert_gone, bare_machine, install
from tinylab.cli.main import main
from tinylab.codegen.cubeai.version import Version
from tinylab.codegen.st_tool import executable_query
from tinylab.codegen.st_tool.installation import check, choose, find
from tinylab.codegen.st_tool.version import known_grammar, parse_help, parse_version
from tinylab.errors import ExitCode, InputError, Interrupted, NoTool

PACKS = "STM32Cube/Repository/Packs/STMicroelectronics/X-CUBE-AI"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing of ST's on it."""
    return bare_machine(tmp_path, monkeypatch)


def on_path(tool: StandIn, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin" / tool.executable.name).symlink_to(tool.executable)


def numbers() -> list[str]:
    return [str(one.version) for one in find()]


@pytest.mark.parametrize(
    ("printed", "said", "pack"),
    [
        (BANNERS["5.2.0"], "stm32ai 5.2.0", (5, 2, 0)),
        (BANNERS["7.0.0"], "stm32ai 7.0.0", (7, 0, 0)),
        (BANNERS["8.0.1"], "stm32ai 8.0.1", (8, 0, 1)),
        ("STEdgeAI Core v9.0.0-19802", "stedgeai 9.0.0", (9, 0, 0)),
        (BANNERS["9.1.0"], "stedgeai 1.0.0", (9, 1, 0)),
        (BANNERS["10.2.0"], "stedgeai 2.2.0", (10, 2, 0)),
        (
            "ST Edge AI Core v4.0.1-20581 7ed50de05\n   ISPU 2.0.1-RC2\n   STM32CubeAI 12.0.1-RC2",
            "stedgeai 4.0.1",
            (12, 0, 1),
        ),
    ],
)
def test_the_version_is_read_from_what_every_generation_prints(
    printed: str, said: str, pack: tuple[int, int, int]
) -> None:
    version = parse_version(f"some warning\n{printed}\n")
    assert version is not None
    assert (str(version), version.pack) == (said, Version(*pack))
    assert version.line in printed.partition("\n")[0]


@pytest.mark.parametrize("printed", ["", "bash: not found", "Python 3.11.2", "ST Edge AI Core"])
def test_other_programs_have_no_version_and_no_help_of_this_tool(printed: str) -> None:
    assert parse_version(printed) is None
    assert parse_help(printed) is None


def test_the_help_decides_what_is_taken_and_the_version_stands_in_for_it() -> None:
    printed = (
        "usage: stedgeai --model FILE --target TARGET\n"
        "   [--compression none|lossless|low|medium|high] [--output DIR] [--quiet]\n"
        "  --target TARGET       target selector - available targets are\n"
        "                        ispu --device DEVICE\n"
        "                        stm32n6 [--st-neural-art]\n"
        "                        stm32wb\n"
        "  --no-report           do not\n"
    )
    grammar = parse_help(printed)
    assert grammar is not None
    assert grammar.words
    assert grammar.targets == {"stm32n6", "stm32wb"}
    assert grammar.has("--quiet")
    assert not grammar.has("--optimization")
    old, new = parse_version(BANNERS["7.0.0"]), parse_version(BANNERS["10.2.0"])
    assert old is not None
    assert new is not None
    assert not known_grammar(old).words
    assert not known_grammar(old).has("--optimization")
    assert known_grammar(new).words
    assert known_grammar(new).has("--target")


def test_without_one_a_sentence_says_how_to_get_it_and_what_needs_none() -> None:
    assert find() == []
    with pytest.raises(NoTool):
        check()
    with pytest.raises(NoTool) as caught:
        choose()
    assert caught.value.exit_code == ExitCode.BUILD
    assert "not installed" in caught.value.message
    assert "www.st.com" in caught.value.remedy
    assert "`--runtime tinylab` does not need the tool" in caught.value.remedy


def test_the_usual_folders_are_searched_and_the_newest_comes_first(
    home: Path, tmp_path: Path
) -> None:
    install(home / PACKS / "7.0.0", "7.0.0")
    install(home / PACKS / "10.2.0", "10.2.0")
    install(home / PACKS / "5.2.0", "5.2.0")
    install(tmp_path / "opt" / "ST" / "STEdgeAI" / "3.0", "11.0.0")
    install(home / "ST" / "STEdgeAI" / "1.0" / "1.0", "9.1.0")
    on_path(install(tmp_path / "elsewhere", "8.0.1"), tmp_path)
    assert numbers() == [
        "stedgeai 3.0.0",
        "stedgeai 2.2.0",
        "stedgeai 1.0.0",
        "stm32ai 8.0.1",
        "stm32ai 7.0.0",
        "stm32ai 5.2.0",
    ]
    assert str(choose().version) == "stedgeai 3.0.0"
    check()
    library = tmp_path / "elsewhere" / "Middlewares" / "ST" / "AI"
    assert find()[3].middlewares == library


def test_a_repository_that_was_moved_is_searched_where_it_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home / PACKS / "7.0.0", "7.0.0")
    packs = tmp_path / "moved" / "Packs" / "STMicroelectronics" / "X-CUBE-AI"
    install(packs / "5.2.0", "5.2.0")
    monkeypatch.setenv("CUBE_FW_DIR", str(tmp_path / "moved"))
    assert numbers() == ["stm32ai 5.2.0"]


def test_one_that_is_found_in_two_ways_is_one(home: Path, tmp_path: Path) -> None:
    tool = install(home / PACKS / "10.2.0", "10.2.0")
    on_path(tool, tmp_path)
    assert numbers() == ["stedgeai 2.2.0"]
    assert tool.runs == [["--version"]]


def test_a_version_is_asked_for_once_until_the_executable_changes(home: Path) -> None:
    tool = install(home / PACKS / "10.2.0", "10.2.0")
    assert numbers() == numbers() == ["stedgeai 2.2.0"]
    assert len(tool.runs) == 1
    os.utime(tool.executable, (1, 1))
    assert numbers() == ["stedgeai 2.2.0"]
    assert len(tool.runs) == 2


def test_variables_and_the_option_outweigh_the_newest(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home / PACKS / "10.2.0", "10.2.0")
    seven = install(tmp_path / "sieben", "7.0.0")
    eight = install(tmp_path / "acht", "8.0.1")
    monkeypatch.setenv("X_CUBE_AI_DIR", str(seven.root))
    assert str(choose().version) == "stm32ai 7.0.0"
    monkeypatch.setenv("STEDGEAI_CORE_DIR", str(eight.root))
    assert str(choose().version) == "stm32ai 8.0.1"
    assert str(choose(str(seven.executable)).version) == "stm32ai 7.0.0"
    assert str(choose(str(seven.root)).version) == "stm32ai 7.0.0"


def test_a_variable_or_an_option_that_names_nothing_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(home / PACKS / "10.2.0", "10.2.0")
    for nowhere in (str(tmp_path / "nirgends"), "~nobody_of_that_name", "a\0b", "x" * 5000):
        with pytest.raises(InputError, match="neither stedgeai nor stm32ai at "):
            choose(nowhere)
    monkeypatch.setenv("STEDGEAI_CORE_DIR", str(tmp_path / "nirgends"))
    with pytest.raises(NoTool, match=r"\(from STEDGEAI_CORE_DIR\)") as caught:
        choose()
    assert "unset it" in caught.value.remedy


def test_one_that_may_not_be_executed_comes_last_and_says_how_to_allow_it(home: Path) -> None:
    tool = install(home / PACKS / "10.2.0", "10.2.0")
    tool.executable.chmod(0o644)
    install(home / PACKS / "5.2.0", "5.2.0")
    assert numbers() == ["stm32ai 5.2.0", "None"]
    with pytest.raises(NoTool, match="is not executable") as caught:
        choose(str(tool.root))
    assert "chmod +x" in caught.value.remedy
    shutil.rmtree(home / PACKS / "5.2.0")
    with pytest.raises(NoTool, match="is not executable"):
        choose()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("#!/bin/sh\necho quite another tool 3.1\n", "it printed 'quite another tool 3.1'"),
        ("#!/bin/sh\nexit 3\n", "it printed 'nothing'"),
        ("#!/nowhere/python\n", "does not start"),
        ("\x7fELF\x00garbage", "does not start"),
    ],
)
def test_what_is_no_tool_of_sts_is_told(home: Path, content: str, message: str) -> None:
    tool = install(home / PACKS / "10.2.0", "10.2.0")
    tool.executable.write_text(content)
    with pytest.raises(NoTool, match="stedgeai") as caught:
        choose()
    assert message in caught.value.message
    assert "--st-tool" in caught.value.remedy


def test_an_answer_that_was_no_version_is_asked_for_again(home: Path) -> None:
    tool = install(home / PACKS / "10.2.0", "10.2.0", banner="the disk is full")
    for _ in range(2):
        with pytest.raises(NoTool, match="the disk is full"):
            choose()
    assert len(tool.runs) == 2


def test_one_that_never_answers_is_stopped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executable_query, "TIME_LIMIT_S", 2.0)
    install(home / PACKS / "10.2.0", "10.2.0", hangs="version")
    with pytest.raises(NoTool, match="--version did not end within 2 s") as caught:
        choose()
    assert_gone(caught.value.details)


def test_asking_can_be_cancelled(home: Path) -> None:
    tool = install(home / PACKS / "10.2.0", "10.2.0", hangs="version")
    with pytest.raises(Interrupted):
        choose(cancelled=lambda: bool(tool.runs))


def test_a_question_at_the_first_start_finds_no_one_to_answer(home: Path) -> None:
    install(home / PACKS / "10.2.0", "10.2.0", prompts=True)
    assert numbers() == ["stedgeai 2.2.0"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and standard error of a run that comes to nothing."""
    code = main(["--headless", *arguments])
    said = capsys.readouterr()
    assert said.out == ""
    return code, said.err


def test_the_command_line_says_how_to_get_one_before_anything_is_built(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = refused(capsys, "--on", "sim:nucleo_wb55rg@64", "--runtime", "cubeai")
    assert code == ExitCode.BUILD
    assert "ST's code generator is not installed." in said
    assert "--cubeai-dir" in said
    assert "`--runtime tinylab` does not need the tool" in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("--firmware", "x.elf", "--st-tool", "x"),
            "--st-tool is an option of `tinylab` and `tinylab run`, not",
        ),
        (
            ("--firmware", "x.elf", "--link", "uart"),
            "--link is an option of `tinylab` and `tinylab run`, not",
        ),
        (
            ("--firmware", "x.elf", "--cubeai-dir", "y"),
            "--cubeai-dir is an option of `tinylab verify MODEL`, `tinylab` and `tinylab run`, not",
        ),
        (
            ("--firmware", "x.elf", "--fail-fast"),
            "--fail-fast is an option of `tinylab` and `tinylab run`, not",
        ),
        (("--st-tool", "x"), "--st-tool requires --runtime cubeai"),
        (("--optimization", "ram"), "--optimization requires --runtime cubeai"),
        (("--optimization", "speed", "--runtime", "cubeai"), "one of balanced, time, ram"),
        (
            ("--st-tool", "nirgends", "--runtime", "both"),
            "stedgeai nor stm32ai at nirgends",
        ),
        (
            ("--st-tool", "x", "--runtime", "cubeai", "--cubeai-dir", "y"),
            "--st-tool cannot be combined with --cubeai-dir",
        ),
    ],
)
def test_flags_that_go_nowhere_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    code, said = refused(capsys, *arguments)
    assert code == ExitCode.INPUT
    assert told in said
