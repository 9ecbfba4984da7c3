"""Flags that several parts of the command line have, and what stands behind them."""

from __future__ import annotations

import argparse

from tinylab.export import formats
from tinylab.settings import Option, option
from tinylab.units import either

LARGEST, LONGEST_S = 10_000_000, 3600
LONGEST_WAIT_S = 7 * 86_400


def add_outputs(group: argparse._ArgumentGroup) -> None:
    """Where results go: standard output, files, pictures."""
    group.add_argument(
        "--format",
        choices=formats.printed(),
        help=f"what to print on standard output (default: {formats.printed()[0]})",
    )
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help=f"write a {either(formats.documents())} file too; may be repeated",
    )
    group.add_argument(
        "--screenshot", metavar="FILE", help=f"write a picture, {either(formats.pictures())}"
    )
    add_option(group, option("picture_theme"))


def add_option(group: argparse._ArgumentGroup, one: Option) -> None:
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


def _read(text: str, kind: type[int] | type[float]) -> float:
    try:
        return kind(text)
    except ValueError:
        whole = "whole " if kind is int else ""
        raise argparse.ArgumentTypeError(f"'{text}' is no {whole}number") from None


def number(text: str) -> int:
    """A whole number from 1."""
    found = int(_read(text, int))
    if not 1 <= found <= LARGEST:
        raise argparse.ArgumentTypeError(f"it takes a number from 1 to {LARGEST:,}")
    return found


def seconds(text: str) -> float:
    """More than 0."""
    found = _read(text, float)
    if not 0 < found <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"it takes seconds, more than 0 and up to {LONGEST_S:,}")
    return found


def patience(text: str) -> float:
    """Seconds to wait for somebody else, from 0."""
    found = _read(text, float)
    if not 0 <= found <= LONGEST_WAIT_S:
        raise argparse.ArgumentTypeError(f"it takes seconds from 0 to {LONGEST_WAIT_S:,}")
    return found
