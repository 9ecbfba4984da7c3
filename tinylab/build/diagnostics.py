"""Turns the output of the compiler and the linker into one error."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tinylab.boards.board import Board
from tinylab.build.memory_map import region_of
from tinylab.build.toolchain import REMEDY
from tinylab.errors import BuildError, CompileError, DoesNotFit, NoCompiler

ERROR = re.compile(r"^(?P<where>[^\s:]+:\d+)(?::\d+)?: (?:fatal )?error: (?P<what>.+)$")
LINK_ERROR = re.compile(r"^(?:ld: )?(?P<what>.*(?:undefined reference|multiple definition).*)$")
LINKER = re.compile(r"^ld: (?P<what>(?!warning).*[^:])$")
OVERFLOW = re.compile(r"region [`'](?P<region>\w+)' overflowed by (?P<count>\d+) bytes")

# Output of PlatformIO and SCons themselves.
CHATTER = re.compile(
    r"^(@progress|Compiling |Linking |Archiving |Indexing |Processing |Verbose mode|CONFIGURATION:"
    r"|PLATFORM: |HARDWARE: |PACKAGES: | - tool|LDF|Found \d+ comp|Scanning dep|No dependencies"
    r"|Building in |Platform Manager: |-{8,}|={3,}|\*|Environment  |\w+  FAILED |$)"
)


def error_from(board: Board, lines: Sequence[str], project: Path) -> BuildError:
    """The error for a build of `board` that printed `lines` in the folder `project`.

    DoesNotFit if a memory region overflowed, NoCompiler if the C library is missing, BuildError
    if the disk is full or PlatformIO itself failed, else CompileError.
    """
    spoken = [_readable(line, project) for line in lines if not CHATTER.match(line)]
    details = "\n".join(spoken).strip()
    if missing := overflows(spoken):
        return _does_not_fit(board, missing, details)
    if "No space left on device" in details:
        return BuildError(
            "The disk is full.",
            remedy="Free some space, or set TINYLAB_CACHE_DIR.",
            details=details,
        )
    if "nano.specs" in details:
        return NoCompiler("The compiler has no C library.", remedy=REMEDY, details=details)
    if errors := _matches(ERROR, spoken):
        where = errors[0]["where"]
        what = f"{where}: {errors[0]['what']}"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return _compile_error(f"{what}{more}", [m[0] for m in errors], details, where)
    if links := _matches(LINK_ERROR, spoken) or _matches(LINKER, spoken):
        return _compile_error(links[0]["what"], [m["what"] for m in links], details)
    return BuildError(
        f"PlatformIO could not build the firmware for the {board.title}.",
        remedy="See its output for the reason.",
        details=details or "\n".join(lines),
    )


def _compile_error(what: str, errors: Sequence[str], details: str, where: str = "") -> CompileError:
    """`where` is file and line of the first error: `dense.c:12`."""
    distinct = tuple(dict.fromkeys(errors))
    file, _, line = where.rpartition(":")
    return CompileError(
        f"The firmware does not compile: {what}.",
        remedy="The details have the compiler's output.",
        details="\n".join(distinct) + f"\n\n{details}",
        file=file or None,
        line=int(line) if line else None,
        errors=distinct,
    )


def overflows(lines: Sequence[str]) -> dict[str, int]:
    """Missing bytes by the linker's region: `FLASH`, `RAM`, `RAM1`."""
    missing: dict[str, int] = {}
    for found in filter(None, map(OVERFLOW.search, lines)):
        region = found["region"]
        missing[region] = max(missing.get(region, 0), int(found["count"]))
    return missing


def _does_not_fit(board: Board, missing: Mapping[str, int], details: str) -> DoesNotFit:
    kinds = {region: "flash" if region == "FLASH" else "RAM" for region in missing}
    names = {region_of(board, one): one.name for one in (*board.ram, *board.other_ram)}
    wanted = " and ".join(
        f"{count:,} bytes of {kinds[region]}"
        + (f" ({names[region]})" if region in names and len(names) > 1 else "")
        for region, count in missing.items()
    )
    compress = "Compress the weights, or choose" if "FLASH" in missing else "Choose"
    more = " and ".join(dict.fromkeys(kinds.values()))
    return DoesNotFit(
        f"The firmware does not fit the {board.title}: {wanted} are missing.",
        remedy=f"{compress} a board with more {more}.",
        details=details,
        flash_missing=missing.get("FLASH", 0),
        ram_missing=max((missing[one] for one in missing if one != "FLASH"), default=0),
    )


def _matches(pattern: re.Pattern[str], lines: Sequence[str]) -> list[re.Match[str]]:
    return [found for found in map(pattern.match, lines) if found]


def _readable(line: str, project: Path) -> str:
    line = line.replace(f"{project}/", "")
    line = re.sub(r"^\./|\.pio/build/\w+/", "", line)
    # `/usr/lib/gcc/arm-none-eabi/12.2.1/../../../arm-none-eabi/bin/ld: `
    return re.sub(r"^\S*/(?:collect2|\S*ld)(?:\.bfd)?: ", "ld: ", line)
