"""The command line's grammar. Nothing heavy is imported to read it or to refuse it."""

from __future__ import annotations

import argparse
from typing import NoReturn

import tinylab
from tinylab.errors import InputError
from tinylab.settings import Option, option

FORMATS = ("table", "markdown", "csv", "json")
LARGEST, LONGEST_S = 10_000_000, 3600
LONGEST_WAIT_S = 7 * 86_400
EPILOG = """\
examples:
  tinylab                                             the terminal interface
  tinylab --headless                                  the study's plan: three networks, four columns
  tinylab --headless --model my.tflite --on sim:nucleo_h723zg@100,550 -o result.md
  tinylab --headless --cubeai-dir my_cubemx_project --on sim:nucleo_wb55rg
  tinylab --headless --model my.keras --runtime both --cubeai-dir my_cubemx_project
  tinylab --headless --on nucleo_wb55rg --on nucleo_h723zg --wait 600     boards at the same time
  tinylab doctor                                      what is missing or shut here, and what to do
  tinylab models my.keras                             layers, parameters, MACC
  tinylab --headless --firmware my.elf --on sim:nucleo_wb55rg --time run_network

exit codes: 0 ok, 1 regression, 2 bad input, 3 no such board attached (of doctor: something is at
fault), 4 does not fit or build failed, 5 flash or link failed, 6 invalid measurement, 130
interrupted
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in the way all of tinylab's errors are said."""

    def error(self, message: str) -> NoReturn:
        raise InputError(
            message[:1].upper() + message[1:] + ".", remedy=f"`{self.prog} --help` explains."
        )


def parser() -> Parser:
    """The whole grammar; `command` is None for the terminal interface and headless runs."""
    top = Parser(
        prog="tinylab",
        description=tinylab.__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"tinylab {tinylab.__version__}")
    _add_plan(top)
    _add_headless(top)
    _add_firmware(top)
    _add_commands(top.add_subparsers(dest="command", metavar="COMMAND", title="commands"))
    return top


def _add_plan(top: Parser) -> None:
    group = top.add_argument_group("what to measure")
    group.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="NAME|FILE",
        help="a model of the catalogue or a file; may be repeated (default: all of the catalogue)",
    )
    group.add_argument(
        "--on",
        action="append",
        default=[],
        metavar="BOARD[#SERIAL][@MHZ,...]",
        help="a board, `sim:` before its name for a virtual one; may be repeated"
        " (default: every attached board, or the study's virtual ones)",
    )
    group.add_argument(
        "--runtime",
        action="append",
        default=[],
        metavar="tinylab|cubeai|both",
        help="whose code runs it: tinylab's own, or ST's generated code with ST's library; both, or"
        " given twice, shows them side by side with their ratio (default: tinylab)",
    )
    group.add_argument(
        "--cubeai-dir",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder that CubeMX, stm32ai or stedgeai generated, with Middlewares/ST/AI (headers"
        " and library) in or below it; used as it is. Without --model every network in it is run"
        " with random inputs, and its outputs are not checked; may be repeated",
    )
    measuring = ("compression", "inferences", "min_time_s", "warmup", "mass_erase", "link")
    generating = ("optimization", "st_tool")
    for name in measuring + generating:
        _add_option(group, option(name))


def _add_headless(top: Parser) -> None:
    group = top.add_argument_group("without the terminal interface")
    group.add_argument("--headless", action="store_true", help="measure, print, and exit")
    group.add_argument(
        "--wait",
        type=_patience,
        metavar="S",
        help="how long to wait for a probe that another tinylab measures on (default: not at all,"
        " exit 3 at once)",
    )
    _add_option(group, option("fail_fast"))
    _add_outputs(group)
    group.add_argument(
        "--baseline", metavar="FILE", help="compare with the runs in this JSON document"
    )
    group.add_argument(
        "--max-regress",
        type=float,
        metavar="PERCENT",
        help="how much slower than the baseline is still good (default: 1)",
    )


def _add_firmware(top: Parser) -> None:
    group = top.add_argument_group(
        "your own firmware",
        "An image that you built elsewhere; it goes with --headless and --on. Its serial output\n"
        "is shown: on standard output when nothing else is asked for, else on standard error.\n"
        "All seconds are the board's own, simulated ones on a virtual board.",
    )
    group.add_argument("--firmware", metavar="FILE", help="an .elf, .hex or .bin to flash and run")
    group.add_argument(
        "--time",
        metavar="FUNCTION|0xADDRESS",
        help="time calls of this function with breakpoints and the core's cycle counter: from its"
        " first instruction to where it returns, calls and interrupts inside it included",
    )
    group.add_argument(
        "--calls",
        type=_number,
        metavar="N",
        help="how many calls to time, behind --warmup ones (default: 10, behind 1)",
    )
    group.add_argument(
        "--protocol",
        metavar="mlperf",
        help="speak MLPerf Tiny's serial protocol to the image, as the official runner does:"
        " five times load and infer, the median counts; --inferences and --warmup go with it"
        " (default: what takes 1 s, behind 1, on a virtual board; 10 s, behind 10, on silicon)",
    )
    group.add_argument(
        "--input", metavar="FILE", help="the bytes that MLPerf's `db load` sends (default: zeros)"
    )
    group.add_argument("--until", metavar="TEXT", help="end when the serial output holds this text")
    group.add_argument(
        "--time-limit",
        type=_seconds,
        metavar="S",
        help="give up after so many seconds of the board's time (default: 10; for MLPerf's"
        " `infer` 30)",
    )
    group.add_argument(
        "--baud",
        type=_number,
        metavar="N",
        help="rate of a real board's serial port (default: 115200)",
    )
    group.add_argument(
        "--trace",
        action="store_true",
        help="list the registers that the firmware used and that the virtual board has not",
    )


def _read(text: str, kind: type[int] | type[float]) -> float:
    try:
        return kind(text)
    except ValueError:
        whole = "whole " if kind is int else ""
        raise argparse.ArgumentTypeError(f"'{text}' is no {whole}number") from None


def _number(text: str) -> int:
    """A whole number from 1."""
    number = int(_read(text, int))
    if not 1 <= number <= LARGEST:
        raise argparse.ArgumentTypeError(f"it takes a number from 1 to {LARGEST:,}")
    return number


def _seconds(text: str) -> float:
    seconds = _read(text, float)
    if not 0 < seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"it takes seconds, more than 0 and up to {LONGEST_S:,}")
    return seconds


def _patience(text: str) -> float:
    seconds = _read(text, float)
    if not 0 <= seconds <= LONGEST_WAIT_S:
        raise argparse.ArgumentTypeError(f"it takes seconds from 0 to {LONGEST_WAIT_S:,}")
    return seconds


def refuse_stray(arguments: argparse.Namespace) -> None:
    """Flags that only say something about one's own firmware. Raises InputError."""
    if arguments.firmware is not None:
        raise InputError("--firmware goes with --headless.", remedy="Add --headless.")
    for name in ("time", "calls", "protocol", "input", "until", "time_limit", "baud", "trace"):
        if getattr(arguments, name) not in (None, False):
            flag = f"--{name.replace('_', '-')}"
            raise InputError(f"{flag} goes with --firmware.", remedy="Add --firmware FILE.")
    _refuse_stray_of_st(arguments)


def _refuse_stray_of_st(arguments: argparse.Namespace) -> None:
    """Flags that only say something to ST's code generator. Raises InputError."""
    for one in (option("optimization"), option("st_tool")):
        if getattr(arguments, one.name) is None:
            continue
        if not {"cubeai", "both"}.intersection(arguments.runtime):
            raise InputError(
                f"{one.flag} goes with --runtime cubeai.", remedy="Add --runtime cubeai."
            )
        if arguments.cubeai_dir:
            raise InputError(
                f"{one.flag} says nothing of code that was generated already.",
                remedy="Leave it away, or --cubeai-dir.",
            )


def _add_outputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--format", choices=FORMATS, help="what to print on standard output (default: table)"
    )
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="write a .json, .csv, .md or .html file too; may be repeated",
    )
    group.add_argument("--screenshot", metavar="FILE", help="write a picture, .svg or .png")
    _add_option(group, option("picture_theme"))


def _add_option(group: argparse._ArgumentGroup, one: Option) -> None:
    """A flag as the option declares it; not given, it is the option's default."""
    text = one.explanation[:1].lower() + one.explanation[1:].rstrip(".")
    if one.kind is bool:
        group.add_argument(one.flag, dest=one.name, action="store_true", help=text)
        return
    group.add_argument(
        one.flag,
        dest=one.name,
        type=one.parse,
        metavar="|".join(one.choices) or _metavar(one),
        help=f"{text} (default: {one.unset or one.default})",
    )


def _metavar(one: Option) -> str:
    if one.kind is str:
        return "PATH"
    return "S" if one.unit else "N"


def _add_commands(commands: argparse._SubParsersAction[Parser]) -> None:
    listing = {
        "probes": "list the probes that are plugged in, and the virtual ones",
        "boards": "list the boards that tinylab knows",
        "models": "list the models of the catalogue, or the layers of one",
        "doctor": "tell whether everything is here that measuring takes, and what to do if not;"
        " exit code 0 when nothing is at fault, else 3",
        "history": "list the runs that are kept",
    }
    added = {
        name: commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        for name, text in listing.items()
    }
    added["models"].add_argument("model", nargs="?", metavar="NAME|FILE", help="show its layers")
    added["history"].add_argument(
        "--limit", type=int, default=30, metavar="N", help="show the last N runs (default: 30)"
    )
    for command in added.values():
        command.add_argument("--json", action="store_true", help="print JSON")
    _add_option_bytes(commands)
    text = "print or write the results of runs that are kept"
    export = commands.add_parser("export", help=text, description=text, allow_abbrev=False)
    export.add_argument(
        "run", nargs="+", metavar="RUN", help="a run's number, or `last` for the last session"
    )
    export.add_argument("--json", action="store_true", help="the same as --format json")
    _add_outputs(export.add_argument_group("output"))


def _add_option_bytes(commands: argparse._SubParsersAction[Parser]) -> None:
    text = "show what protects a board's flash, or take the protection off"
    command = commands.add_parser(
        "option-bytes",
        help=text,
        description=f"{text[:1].upper()}{text[1:]}. Nothing is changed without --yes, and no"
        " protection is ever put on.",
        allow_abbrev=False,
    )
    command.add_argument(
        "board", metavar="BOARD[#SERIAL]", help="an attached board, or `sim:` before its name"
    )
    command.add_argument(
        "--unlock",
        action="store_true",
        help="take write protection off, and read-out protection of level 1, which erases all of"
        " the flash",
    )
    command.add_argument(
        "--cpu-boost",
        action="store_true",
        help="set CPUFREQ_BOOST, without which an STM32H723 runs at 520 MHz at most",
    )
    command.add_argument("--yes", action="store_true", help="do it; without it, only say what")
    command.add_argument("--json", action="store_true", help="print JSON")
