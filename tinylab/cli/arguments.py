"""Parses the command line into a command and its options.

No heavy module is imported to parse or reject arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import NoReturn

from tinylab.cli.command_table import BY_NAME, Command
from tinylab.cli.flags import Parser, parser_of
from tinylab.errors import InputError
from tinylab.options.combinations import check_together
from tinylab.options.option import FIRMWARE, INTERFACE, RUN
from tinylab.options.table import of_command, with_flag
from tinylab.units import either, similar

NAMES = tuple(name for name in BY_NAME if name != INTERFACE)
OLDER = ("--headless", "--firmware")
ALIAS = (
    "`tinylab --headless` means `tinylab run`, and with --firmware FILE `tinylab firmware FILE`."
)


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The value of each option of the command, its name as `command`, and what was `given`.

    Raises InputError for arguments that the command does not accept, SystemExit after --help.
    """
    command, rest = _command(sys.argv[1:] if words is None else list(words))
    options = of_command(command.name)
    found, stray = parser_of(command).parse_known_args(rest)
    if stray:
        _refuse(command, stray[0])
    given = {
        name: tuple(value) if options[name].repeated else value
        for name, value in vars(found).items()
        if value is not None
    }
    check_together(options, given)
    defaults = {one.name: one.default for one in options.values()}
    return argparse.Namespace(command=command.name, given=frozenset(given), **{**defaults, **given})


def unparsed(words: Sequence[str]) -> argparse.Namespace:
    """Of words that `parse` does not accept: the options that ask for JSON."""
    words = list(takewhile(lambda word: word != "--", words))
    found = [word.removeprefix("--format=") for word in words if word.startswith("--format=")]
    found += [after for word, after in pairwise(words) if word == "--format"]
    return argparse.Namespace(json="--json" in words, format=found[-1] if found else None)


def _command(words: list[str]) -> tuple[Command, list[str]]:
    """The command that the words begin with, and the other words."""
    if words and words[0] == "help":
        words = [word for word in words[1:] if word not in ("help", "-h", "--help")]
        if words and words[0] not in NAMES:
            _refuse_word(BY_NAME[INTERFACE], words[0])
        words = [*words, "--help"]
    if words and words[0] in NAMES:
        return BY_NAME[words[0]], words[1:]
    name, rest = _without_headless(words)
    return BY_NAME[name], rest


def _without_headless(words: list[str]) -> tuple[str, list[str]]:
    """`--headless` is another way to write `run`, and with `--firmware FILE` of `firmware FILE`."""
    flags = Parser(prog="tinylab", allow_abbrev=False, add_help=False)
    flags.add_argument("--headless", action="store_true")
    flags.add_argument("--firmware", metavar="FILE")
    found, rest = flags.parse_known_args(words)
    if not found.headless and found.firmware is not None:
        raise InputError(
            "--firmware requires --headless.",
            remedy="Add --headless. `tinylab firmware FILE` means the same.",
        )
    if found.firmware is not None:
        # Behind all options, where it may begin with -.
        options = list(takewhile(lambda word: word != "--", rest))
        return FIRMWARE, [*options, "--", found.firmware, *rest[len(options) + 1 :]]
    return (RUN if found.headless else INTERFACE), rest


def _refuse(command: Command, word: str) -> NoReturn:
    """Raises InputError with a remedy for an argument that the command does not accept."""
    if not word.startswith("-"):
        _refuse_word(command, word)
    flag = word.partition("=")[0]
    if flag in OLDER:
        raise InputError(f"{flag} cannot be combined with a command.", remedy=ALIAS)
    declared = with_flag(flag)
    if not declared:
        known = [one.flag for one in of_command(command.name).values() if one.flag]
        raise InputError(f"Unknown flag {flag}.", remedy=_near(flag, known, command))
    label = declared[0].flag
    takers = list(dict.fromkeys(name for one in declared for name in one.commands))
    *most, last = [f"`{BY_NAME[name].words}`" for name in takers]
    meant = RUN if RUN in takers else takers[0] if len(takers) == 1 else None
    raise InputError(
        f"{label} is an option of {', '.join(most)}{' and ' * bool(most)}{last},"
        f" not of `{command.words}`.",
        remedy=f"Remove {label}"
        + (f", or write `{BY_NAME[meant].words}`." if meant is not None else "."),
    )


def _refuse_word(command: Command, word: str) -> NoReturn:
    if word in NAMES:
        raise InputError(
            f"The command {word} must come first.",
            remedy=f"Write `{BY_NAME[word].words}`, then its flags.",
        )
    if command.name == INTERFACE:
        raise InputError(f"Unknown command '{word}'.", remedy=_near(word, NAMES, command))
    raise InputError(f"`{command.words}` does not accept '{word}'.", remedy=_explained(command))


def _near(word: str, known: Sequence[str], command: Command) -> str:
    near = similar(word, known)
    return f"Did you mean {either(near)}?" if near else _explained(command)


def _explained(command: Command) -> str:
    return f"See `tinylab {command.name}".rstrip() + " --help`."
