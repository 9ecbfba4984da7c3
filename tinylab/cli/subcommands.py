"""The grammar of the commands: `tinylab probes` and the others."""

from __future__ import annotations

import argparse
from typing import Any

from tinylab.cli.flags import add_outputs


def add_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """All of them."""
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
    added["models"].add_argument(
        "--check-with-keras",
        action="store_true",
        help="have Keras read FILE too, in a process of its own, and compare its layers and"
        " outputs with tinylab's; needs the extra tinylab[keras]",
    )
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
    add_outputs(export.add_argument_group("output"))


def _add_option_bytes(commands: argparse._SubParsersAction[Any]) -> None:
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
