"""`tinylab manifest FOLDER`: hashes of a folder of results, written or checked."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from tinylab.cli.output import print_json
from tinylab.display_text import one_line
from tinylab.errors import ExitCode
from tinylab.export import manifest


def manifested(arguments: argparse.Namespace) -> int:
    """Writes the manifest, or compares the folder with it."""
    folder = arguments.folder
    if not arguments.check:
        count = manifest.write(folder)
        if arguments.json:
            print_json({"manifest": str(folder / manifest.NAME), "files": count})
        else:
            print(one_line(f"{count} file{'s' * (count > 1)} in {folder / manifest.NAME}"))
        return ExitCode.OK
    found = manifest.check(folder)
    if arguments.json:
        print_json({"changed": found.changed, "missing": found.missing, "unlisted": found.unlisted})
    else:
        for line in _told(found):
            print(one_line(line))
    return ExitCode.REGRESSION if found else ExitCode.OK


def _told(found: manifest.Departures) -> Iterator[str]:
    for what, names in (
        ("changed", found.changed),
        ("missing", found.missing),
        ("not in the manifest", found.unlisted),
    ):
        yield from (f"{what}: {name}" for name in names)
    if not found:
        yield "All files are as in the manifest."
