"""What the tool prints about itself: its version, and the options it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CORE = re.compile(r"ST Edge AI Core v(\d+)\.(\d+)\.(\d+)\S*(?: +[0-9a-f]+)?")
# `stm32ai - Neural Network Tools for STM32 v1.4.0 (AI tools v5.2.0)`; from 7.0 on `STM.ai v`.
_PACK = re.compile(r"Neural Network Tools for STM32\w* v\S+ \((?:AI tools|STM\.ai) v([^)]+)\)")
_OF_STM32 = re.compile(r"STM32CubeAI (\d+)\.(\d+)\.(\d+)")
CORE_TO_PACK = 8
"""ST Edge AI Core 1.0 is the tool of X-CUBE-AI 9.0, and so on: 2.2.0 of 10.2.0, 3.0 of 11.0."""


@dataclass(frozen=True, order=True)
class Version:
    """Ordered by `pack`, the version of X-CUBE-AI that it belongs to."""

    pack: tuple[int, int, int]
    name: str
    """`stedgeai` or `stm32ai`."""
    number: str
    """The tool's own: `2.2.0`; of `stm32ai` it is the pack's."""
    line: str
    """As the tool prints it, with the build: `ST Edge AI Core v2.2.0-20266 2adc00962`."""

    def __str__(self) -> str:
        """`stedgeai 2.2.0`."""
        return f"{self.name} {self.number}"


def parse_version(printed: str) -> Version | None:
    """The version in what `--version` or `--help` printed; None when there is none."""
    if core := _CORE.search(printed):
        major, minor, patch = (int(part) for part in core.groups())
        stm32 = _OF_STM32.search(printed)
        pack = _numbers(stm32) if stm32 else (major + CORE_TO_PACK, minor, patch)
        return Version(pack, "stedgeai", f"{major}.{minor}.{patch}", core[0])
    if old := _PACK.search(printed):
        numbers = re.match(r"(\d+)\.(\d+)\.(\d+)", old[1])
        if numbers:
            return Version(_numbers(numbers), "stm32ai", numbers[0], old[0])
    return None


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in match.groups())
    return major, minor, patch


@dataclass(frozen=True)
class Grammar:
    """The options that the tool takes."""

    flags: frozenset[str]
    words: bool
    """Compression is named none, lossless, low, medium or high, and not 1, 4 or 8."""
    targets: frozenset[str]
    """Series that it lists; empty when it does not say."""

    def has(self, flag: str) -> bool:
        return flag in self.flags


def parse_help(printed: str) -> Grammar | None:
    """The grammar in what `--help` printed; None when that is no help of this tool."""
    flags = frozenset(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", printed))
    if not {"--model", "--output", "--compression"} <= flags:
        return None
    # From ST Edge AI Core on, `available targets are` has a line for each.
    targets = frozenset(re.findall(r"^ +(stm32\w+)(?: \[.*\])?$", printed, re.MULTILINE))
    return Grammar(flags, "lossless" in printed, targets)


def known_grammar(version: Version) -> Grammar:
    """The grammar of a tool whose help cannot be read, by its version.

    5.2, 7.0 and 4.0.1 of ST Edge AI Core are documented whole. In between, the words for
    compression are taken to begin with 7.1, `--quiet` with 7.2 and `--optimization` with 7.3,
    as ST's model zoo has it.
    """
    flags = {"--model", "--type", "--name", "--compression", "--workspace", "--output"}
    if version.name == "stedgeai":
        flags |= {"--target"}
    else:
        flags |= {"--series", "--allocate-inputs", "--allocate-outputs"}
    if version.pack >= (7, 2, 0):
        flags |= {"--quiet"}
    if version.pack >= (7, 3, 0):
        flags |= {"--optimization"}
    return Grammar(frozenset(flags), version.pack >= (7, 1, 0), frozenset())
