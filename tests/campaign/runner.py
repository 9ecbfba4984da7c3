"""`python -m tests.campaign.runner [--minutes M] [--seed N] [--json] [NAME...]`.

Runs the campaigns named, or all of them, for M minutes in total, and prints for each how many
attempts were tried, survived and lost. Exit code 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

FOLDERS = ("CACHE", "DATA", "CONFIG", "STATE")
HERE = Path(__file__).parent
OTHERS = ("announcing", "commands", "runner")
LONGEST = 500
"""Characters of a loss that is an exception."""
SHOWN = 20
"""Losses of a campaign that are printed; `--json` has all of them."""


class Campaign(Protocol):
    """The module of a campaign."""

    TITLE: str

    def attempts(self, numbers: random.Random, folder: Path) -> Iterator[str | None]: ...


@dataclass
class Count:
    """The attempts of one campaign."""

    title: str
    tried: int = 0
    losses: list[str] = field(default_factory=list)

    def add(self, loss: str | None) -> None:
        self.tried += 1
        if loss is not None:
            self.losses.append(loss)

    @property
    def survived(self) -> int:
        return self.tried - len(self.losses)

    def to_json(self) -> dict[str, Any]:
        return {"tried": self.tried, "survived": self.survived, "lost": self.losses}


def campaigns() -> Mapping[str, Campaign]:
    """Every campaign, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(HERE)]))
    found: dict[str, Any] = {
        name: importlib.import_module(f"tests.campaign.{name}")
        for name in names
        if name not in OTHERS
    }
    return found


def count(campaign: Campaign, numbers: random.Random, seconds: float) -> Count:
    """Attempts for `seconds`, or until there are no more; one at least.

    An exception is a loss, and the campaign is begun again.
    """
    until = time.monotonic() + seconds
    counted = Count(campaign.TITLE)
    while not _counted(campaign, numbers, until, counted):
        pass
    return counted


def _counted(campaign: Campaign, numbers: random.Random, until: float, counted: Count) -> bool:
    """Counts in an empty folder until the end, which is told, or an exception."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        _closed(campaign.attempts(numbers, Path(folder))) as attempts,
    ):
        try:
            for loss in attempts:
                counted.add(loss)
                if time.monotonic() >= until:
                    break
        except Exception as error:  # noqa: BLE001 - whatever it is, this attempt is lost
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            counted.add(f"{type(error).__name__} in {where}: {error}"[:LONGEST])
            return time.monotonic() >= until
    return True


@contextmanager
def _closed(attempts: Iterator[str | None]) -> Iterator[Iterator[str | None]]:
    """What an attempt has started ends with the campaign, not at some later time."""
    try:
        yield attempts
    finally:
        close = getattr(attempts, "close", None)
        if close is not None:
            close()


@contextmanager
def folders_of_its_own() -> Iterator[None]:
    """The user's results and settings are left alone."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name in FOLDERS:
            os.environ[f"TINYLAB_{name}_DIR"] = str(Path(folder, name.lower()))
        yield


def main() -> int:
    every = campaigns()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="in total (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (default: 0)")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(every))
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(every))
    if unknown:
        parser.error(f"no campaign is called {unknown[0]}; there are {', '.join(every)}")
    names = asked.names or list(every)
    counted = {}
    with folders_of_its_own():
        for name in names:
            counted[name] = count(
                every[name], random.Random(f"{asked.seed} {name}"), asked.minutes * 60 / len(names)
            )
            if not asked.json:
                _show(name, counted[name])
    if asked.json:
        print(json.dumps({name: one.to_json() for name, one in counted.items()}, indent=2))
    return int(any(one.losses for one in counted.values()))


def _show(name: str, counted: Count) -> None:
    print(
        f"{name:12} {counted.tried:7,} tried {counted.survived:7,} survived "
        f"{len(counted.losses):5,} lost   {counted.title}",
        flush=True,
    )
    for loss in counted.losses[:SHOWN]:
        print(f"    lost: {loss}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
