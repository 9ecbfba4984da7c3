"""Flags, and the help of a command, as declarations say."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

import tinylab
from tinylab.cli.command_table import COMMANDS, Command
from tinylab.errors import InputError
from tinylab.options.option import INTERFACE, Option
from tinylab.options.table import grouped, with_flag


class Parser(argparse.ArgumentParser):
    """Reports errors in the form of all tinylab errors."""

    def error(self, message: str) -> NoReturn:
        said = re.sub(r"^argument (-\w/)?", "", message)
        flag, _, what = said.partition(": ")
        if what == "expected one argument":
            raise InputError(
                f"{flag} needs a value: {_placeholder(flag)}.",
                remedy=f"One that begins with - is written as {flag}=VALUE.",
            )
        remedy = f"See `{self.prog} --help`."
        if "arguments are required" in said:
            remedy += " A name that begins with - is written behind --."
        raise InputError(f"{said[:1].upper()}{said[1:]}.", remedy=remedy)


def parser_of(command: Command) -> Parser:
    """The parser of one command. Options that are not given are not in its namespace."""
    parser = Parser(
        prog=f"tinylab {command.name}".rstrip(),
        usage=f"{command.usage} [options]" + ("\n       tinylab COMMAND ..." * _top(command)),
        description=_description(command),
        epilog=command.epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
        add_help=False,
    )
    if _top(command):
        parser.add_argument_group("commands", _commands())
    for heading, options in grouped(command.name).items():
        group = parser.add_argument_group(heading)
        for one in options:
            add_option(group, one)
    other = parser.add_argument_group("other")
    other.add_argument("-h", "--help", action="help", help="show this help and exit")
    if _top(command):
        version = f"tinylab {tinylab.__version__}"
        other.add_argument("--version", action="version", version=version, help="show the version")
    return parser


def add_option(group: argparse._ArgumentGroup, one: Option) -> None:
    """A flag or a positional argument, as the option declares it."""
    text = one.explanation[:1].lower() + one.explanation[1:].rstrip(".")
    if one.without:
        text += f" (default: {one.without})"
    text = text.replace("%", "%%")
    if not one.flag:
        several, single = ("+", None) if one.required else ("*", "?")
        nargs = several if one.repeated else single
        group.add_argument(one.name, type=one.read, nargs=nargs, metavar=one.placeholder, help=text)
    elif one.kind is bool:
        group.add_argument(one.flag, dest=one.name, action="store_true", help=text)
    else:
        group.add_argument(
            *filter(None, (one.short, one.flag)),
            dest=one.name,
            type=one.read,
            action="append" if one.repeated else "store",
            metavar=one.placeholder,
            help=text,
        )


def _placeholder(flag: str) -> str:
    return next((one.placeholder for one in with_flag(flag)), "FILE")


def _top(command: Command) -> bool:
    return command.name == INTERFACE


def _description(command: Command) -> str:
    if _top(command):
        return command.details
    sentence = f"{command.summary[:1].upper()}{command.summary[1:]}."
    return f"{sentence}\n{command.details}".rstrip()


def _commands() -> str:
    """A line for each command."""
    shown = [(command.usage.partition(" ")[2], command.summary) for command in COMMANDS[1:]]
    width = max(len(words) for words, _ in shown) + 2
    shown.append(("help [COMMAND]", "describe a command and its options"))
    return "\n".join(f"{words:<{width}}{summary}" for words, summary in shown)
