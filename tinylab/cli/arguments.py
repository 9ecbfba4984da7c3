"""The command line's grammar. Nothing heavy is imported to read it or to refuse it."""

from __future__ import annotations

import argparse
from typing import NoReturn

import tinylab
from tinylab.cli.firmware_flags import ALONE, add_firmware
from tinylab.cli.flags import add_option, add_outputs, patience
from tinylab.cli.subcommands import add_commands
from tinylab.errors import InputError
from tinylab.settings import option

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
    add_firmware(top)
    add_commands(top.add_subparsers(dest="command", metavar="COMMAND", title="commands"))
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
        add_option(group, option(name))


def _add_headless(top: Parser) -> None:
    group = top.add_argument_group("without the terminal interface")
    group.add_argument("--headless", action="store_true", help="measure, print, and exit")
    group.add_argument(
        "--wait",
        type=patience,
        metavar="S",
        help="how long to wait for a probe that another tinylab measures on (default: not at all,"
        " exit 3 at once)",
    )
    add_option(group, option("fail_fast"))
    add_outputs(group)
    group.add_argument(
        "--baseline", metavar="FILE", help="compare with the runs in this JSON document"
    )
    group.add_argument(
        "--max-regress",
        type=float,
        metavar="PERCENT",
        help="how much slower than the baseline is still good (default: 1)",
    )


def refuse_stray(arguments: argparse.Namespace) -> None:
    """Flags that only say something about one's own firmware. Raises InputError."""
    if arguments.firmware is not None:
        raise InputError("--firmware goes with --headless.", remedy="Add --headless.")
    for name in ALONE:
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
