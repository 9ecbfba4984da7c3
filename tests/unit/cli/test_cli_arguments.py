"""Commands and their flags: what is taken, what is refused, and what help tells."""

from __future__ import annotations

import json
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from tinylab.bench.plan.plan import Options
from tinylab.cli.arguments import parse
from tinylab.cli.command_table import COMMANDS
from tinylab.cli.main import main
from tinylab.errors import ExitCode, InputError
from tinylab.options.combinations import check_together
from tinylab.options.firmware import FirmwareOptions
from tinylab.options.option import INTERFACE, Option, filled, options_of
from tinylab.options.table import GROUPS, of_command
from tinylab.settings import OPTIONS

WB = "sim:nucleo_wb55rg"
EVERY = [one for records in GROUPS.values() for record in records for one in options_of(record)]
FLAGS = sorted({one.flag for one in EVERY if one.flag and one.commands})
NAMES = [command.name for command in COMMANDS]
PLACES = {
    "firmware": ["x.elf"], "export": ["last"], "option-bytes": [WB], "verify": ["x.h5"],
    "manifest": ["results"], "choose": ["house_price"], "compare": ["1", "2"],
    "note": ["1", "good"],
}  # fmt: skip


def a_value(one: Option) -> list[str]:
    """The flag with a value that it takes."""
    if one.kind is bool:
        return [one.flag]
    return [one.flag, *(one.choices[:1] or (["5"] if one.kind in (int, float) else ["x"]))]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (["--headless"], ["run"]),
        (["--on", WB, "--headless", "-o", "a.json"], ["run", "--on", WB, "-o", "a.json"]),
        (["--model=a", "--min-time", "0", "--headless"], ["run", "--model=a", "--min-time", "0"]),
        (["--headless", "--firmware", "a.elf"], ["firmware", "a.elf"]),
        (
            ["--on", WB, "--firmware=a.elf", "--time", "f", "--headless", "--calls", "3"],
            ["firmware", "a.elf", "--on", WB, "--time", "f", "--calls", "3"],
        ),
        (["--headless", "--until", "--headless", "--firmware", "a.elf"], None),
        (["--headless", "--until=-h", "--firmware", "a"], ["firmware", "a", "--until=-h"]),
        (["--headless", "--model=--headless"], ["run", "--model=--headless"]),
        (["--headless", "--wait", "-1"], ["run", "--wait", "-1"]),
        (["--headless", "--frobnicate"], ["run", "--frobnicate"]),
        (["--headless", "--time", "f"], ["run", "--time", "f"]),
        (["--headless", "--firmware", "a", "--model", "x"], ["firmware", "a", "--model", "x"]),
        (["--headless", "--baseline"], ["run", "--baseline"]),
    ],
)  # fmt: skip
def test_headless_is_another_way_to_write_run_and_firmware(
    older: list[str], newer: list[str] | None
) -> None:
    def outcome(words: list[str]) -> object:
        try:
            return parse(words)
        except InputError as error:
            return str(error)

    if newer is None:
        assert str(outcome(older)).startswith("--until needs a value: TEXT.")
    else:
        assert outcome(older) == outcome(newer)


def test_every_flag_of_run_and_firmware_goes_with_headless_as_it_does_with_the_command() -> None:
    for name, older in (("run", ["--headless"]), ("firmware", ["--headless", "--firmware", "x"])):
        newer = [name, *(["x"] if name == "firmware" else [])]
        for one in of_command(name).values():
            if one.flag and not one.needs:
                words = a_value(one)
                assert parse([*words, *older]) == parse([*newer, *words])
                assert parse([*newer, *words]).given >= {one.name}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name or "interface")
def test_the_function_of_a_command_takes_its_arguments(command) -> None:  # type: ignore[no-untyped-def]
    module, _, name = command.function.partition(":")
    first, *others = signature(
        getattr(import_module(f"tinylab.cli.{module}"), name)
    ).parameters.values()
    assert first.name == "arguments"
    assert all(one.default is not one.empty for one in others)


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_the_options_of_the_command_and_no_others(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*([name] if name else []), "--help"]) == ExitCode.OK
    text = capsys.readouterr().out.partition("examples:")[0]
    shown = {word.rstrip(",") for word in text.split() if word.startswith("--")}
    mine = {one.flag for one in of_command(name).values() if one.flag}
    assert mine <= shown
    headings = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert headings[-1] == "other:"
    left_column = {
        word.rstrip(",")
        for line in text.splitlines()
        if line.startswith("  -")
        for word in line.split()[:3]
        if word.startswith("--")
    }
    also = {"--help"} | ({"--version"} if name == INTERFACE else set())
    assert left_column == mine | also


def test_help_of_no_command_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for words in (["--help"], ["help"], ["-h"]):
        assert main(words) == ExitCode.OK
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] == told[2]
    for command in COMMANDS[1:]:
        assert f"\n  {command.words.removeprefix('tinylab ')} " in told[0]
        assert command.summary in told[0]
    assert main(["help", "firmware"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("usage: tinylab firmware FILE [options]\n")


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_of_another_command_is_refused_with_the_commands_that_take_it(flag: str) -> None:
    declared = [one for one in EVERY if one.flag == flag]
    takers = {name for one in declared for name in one.commands}
    assert takers
    for name in NAMES:
        if name in takers:
            continue
        with pytest.raises(InputError) as caught:
            parse(
                [name, *PLACES.get(name, []), *a_value(declared[0])]
                if name
                else a_value(declared[0])
            )
        assert caught.value.message.startswith(f"{flag} is an option of `tinylab")
        for taker in takers:
            assert f"`tinylab {taker}".rstrip() in caught.value.message
        assert f"not of `tinylab {name}".rstrip() in caught.value.message
        assert f"Remove {flag}" in caught.value.remedy


@pytest.mark.parametrize(
    ("words", "message", "remedy"),
    [
        (["run", "--modle", "x"], "Unknown flag --modle.", "Did you mean --model?"),
        (["--frobnicate=3"], "Unknown flag --frobnicate.", "See `tinylab --help`."),
        (["firmwar", "x"], "Unknown command 'firmwar'.", "Did you mean firmware?"),
        (["help", "hsitory"], "Unknown command 'hsitory'.", "Did you mean history?"),
        ([""], "Unknown command ''.", "See `tinylab --help`."),
        (["--on", WB, "run"], "The command run must come first.", "Write `tinylab run`, then"),
        (
            ["--time", "f"],
            "--time is an option of `tinylab firmware FILE`",
            "or write `tinylab firmware",
        ),
        (["run", "--json"], "--json is an option of `tinylab probes`, ", "Remove --json"),
        (["probes", "x"], "`tinylab probes` does not accept 'x'.", "See `tinylab probes --help`."),
        (
            ["run", "--headless"],
            "--headless cannot be combined with a command.",
            "means `tinylab run`",
        ),
        (["--headless", "--firmware"], "--firmware needs a value: FILE.", "--firmware=VALUE."),
        (["run", "--fail-fast=yes"], "--fail-fast: ignored explicit argument 'yes'.", "run --help"),
        (["--firmware", "x"], "--firmware requires --headless.", "Add --headless."),
        (["run", "--model"], "--model needs a value: NAME|FILE.", "is written as --model=VALUE."),
        (["run", "-o"], "--output needs a value: FILE.", "is written as --output=VALUE."),
        (["firmware"], "The following arguments are required: FILE.", "firmware --help"),
        (["firmware", "-x.elf"], "The following arguments are required: FILE.", "behind --."),
        (["run", "--on", "sim:foo"], "There is no board called 'foo'.", "  `tinylab boards` lists"),
        (["run", "--nope"], "Unknown flag --nope.", "See `tinylab run --help`."),
        (
            ["option-bytes", WB, "--yes"],
            "--yes requires --unlock or --cpu-boost.",
            "Add --unlock or --cpu-boost.",
        ),
        (["run", "--wait", ""], "--wait takes seconds from 0 to 604,800, not ''.", "no wait"),
        (
            ["run", "--inferences", "abc"],
            "--inferences takes a whole number from 1 to 10,000,000, not 'abc'.",
            "Default: 100 on silicon, 3 to 100 on a virtual board.",
        ),
        (
            ["firmware", "x", "--warmup", "3"],
            "--warmup requires --time or --protocol.",
            "Add --time FUNCTION|0xADDRESS or --protocol mlperf.",
        ),
        (
            ["firmware", "x", "--until", "a", "--protocol", "mlperf"],
            "--until cannot be combined with --protocol.",
            "Remove one of them.",
        ),
        (
            ["run", "--st-tool", "x", "--runtime", "tinylab"],
            "--st-tool requires --runtime cubeai or --runtime both.",
            "Add --runtime cubeai or --runtime both.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_a_remedy(
    words: list[str], message: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == ExitCode.INPUT
    said, told = capsys.readouterr().err.splitlines()
    assert said.startswith(f"tinylab: {message}")
    assert remedy in told


def test_flags_become_the_options_that_the_bench_works_with() -> None:
    run = ["run", "--inferences", "5", "--min-time", "2", "--fail-fast", "--wait", "9", "--link"]
    assert filled(Options, vars(parse([*run, "uart"]))) == Options(
        inferences=5, min_time_s=2.0, fail_fast=True, wait_s=9.0, link="uart"
    )
    image = ["firmware", "~/a.elf", "--time", "f", "--warmup", "0", "--mass-erase", "--wait", "9"]
    assert filled(FirmwareOptions, vars(parse(image))) == FirmwareOptions(
        Path("~/a.elf").expanduser(), time="f", warmup=0, mass_erase=True, wait_s=9.0
    )


def test_a_text_is_taken_as_it_is_written() -> None:
    words = ["firmware", "x", "--until", " done ", "--on", " "]
    assert (parse(words).until, parse(words).on) == (" done ", (" ",))


def test_an_empty_value_is_the_default_where_the_settings_page_takes_one_too() -> None:
    found = parse(["run", "--inferences", "", "--st-tool", " "])
    assert (found.inferences, found.st_tool, found.given) == (None, None, frozenset())


def test_declarations_are_whole() -> None:
    for name in NAMES:
        flags = [one.flag for one in of_command(name).values() if one.flag]
        assert len(flags) == len(set(flags)), name
    for one in EVERY:
        assert one.explanation.endswith("."), one.name
        assert set(one.commands) <= set(NAMES), one.name
        assert one.commands or one in OPTIONS, one.name
        for name in (*one.needs, *one.excludes):
            assert all(name.split()[0] in of_command(command) for command in one.commands)
    for one in OPTIONS:
        assert one.title, one.name
        assert one in EVERY


def test_an_option_may_need_an_argument_by_place() -> None:
    options = {
        "file": Option("A file.", metavar="FILE", name="file"),
        "check": Option("Check it.", flag="--check", name="check", needs=("file",)),
    }
    check_together(options, {"check": True, "file": "x"})
    with pytest.raises(InputError) as caught:
        check_together(options, {"check": True})
    assert str(caught.value) == "--check requires FILE. Add FILE."


@pytest.mark.parametrize(
    "words",
    [
        ["--headless", "--firmware=-x.elf", "--on", WB],
        ["firmware", "--on", WB, "--", "-x.elf"],
        ["firmware", "./-x.elf", "--on", WB],
    ],
)
def test_an_image_may_have_a_name_that_begins_with_a_dash(words: list[str]) -> None:
    found = parse(words)
    assert (found.command, found.on) == ("firmware", (WB,))
    assert found.file == Path("-x.elf")


def test_the_help_of_a_command_shows_what_may_be_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "--help"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("usage: tinylab models [NAME|FILE] [options]\n")


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--inferences", "many", "--format", "json"],
        ["run", "--format=json", "--nonsense"],
        ["--headless", "--format", "csv", "--format", "json", "--firmware"],
        ["history", "--limit", "0", "--json"],
        ["--json"],
        ["export", "last", "--json", "--format", "csv"],
    ],
)
def test_a_mistake_is_a_document_where_json_is_asked_for(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == ExitCode.INPUT
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["schema"] == "tinylab.error/1"
    assert said.err.startswith(f"tinylab: {document['error']['message']}\n")


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--inferences", "many"],
        ["run", "--inferences", "many", "--format", "json", "--format", "csv"],
        ["models", "--limit", "3", "--", "--json"],
    ],
)
def test_a_mistake_is_no_document_elsewhere(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == ExitCode.INPUT
    assert capsys.readouterr().out == ""
