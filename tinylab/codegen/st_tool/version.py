"""Parses the tool's version and its options from its output."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tinylab.codegen.cubeai.version import Version

# That of X-CUBE-AI 9.0 is `STEdgeAI Core v9.0.0`, that of 9.1 `ST Edge AI Core v1.0.0`.
_CORE = re.compile(r"ST ?Edge ?AI Core v(\d+)\.(\d+)\.(\d+)\S*(?: +[0-9a-f]+)?")
# `stm32ai - Neural Network Tools for STM32 v1.4.0 (AI tools v5.2.0)`; from 7.0 on `STM.ai v`.
_PACK = re.compile(r"Neural Network Tools for STM32\w* v\S+ \((?:AI tools|STM\.ai) v([^)]+)\)")
_OF_STM32 = re.compile(r"STM32CubeAI (\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class ToolVersion:
    """A tool's identity. `pack` is the version of X-CUBE-AI, and of the library, it belongs to."""

    pack: Version
    name: str
    """`stedgeai` or `stm32ai`."""
    number: str
    """The tool's own version, `2.2.0`; for `stm32ai`, the pack's."""
    line: str
    """As printed by the tool, with the build: `ST Edge AI Core v2.2.0-20266 2adc00962`."""

    def __str__(self) -> str:
        """`stedgeai 2.2.0`."""
        return f"{self.name} {self.number}"


def parse_version(printed: str) -> ToolVersion | None:
    """The version in the output of `--version` or `--help`; None if there is none."""
    if core := _CORE.search(printed):
        major, minor, micro = map(int, core.groups())
        stm32 = _OF_STM32.search(printed)
        # `STM32CubeAI 10.2.0` is on a line below, at least since 2.0.
        pack = _pack(stm32) if stm32 else Version.of_tools(major, minor, micro)
        return ToolVersion(pack, "stedgeai", f"{major}.{minor}.{micro}", core[0])
    if (old := _PACK.search(printed)) and (number := re.match(r"(\d+)\.(\d+)\.(\d+)", old[1])):
        return ToolVersion(_pack(number), "stm32ai", number[0], old[0])
    return None


def _pack(match: re.Match[str]) -> Version:
    return Version(*map(int, match.groups()))


@dataclass(frozen=True)
class Grammar:
    """The options that the tool supports."""

    flags: frozenset[str]
    words: bool
    """Compression is none, lossless, low, medium or high, instead of 1, 4 or 8."""
    targets: frozenset[str]
    """The series that it lists; empty if it lists none."""

    def has(self, flag: str) -> bool:
        return flag in self.flags


def parse_help(printed: str) -> Grammar | None:
    """The grammar from the output of `--help`; None if that is not this tool's help."""
    flags = frozenset(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", printed))
    if not {"--model", "--output", "--compression"} <= flags:
        return None
    # From ST Edge AI Core on, `available targets are` is followed by a line for each.
    targets = frozenset(re.findall(r"^ +(stm32\w+)(?: \[.*\])?$", printed, re.MULTILINE))
    return Grammar(flags, "lossless" in printed, targets)


def known_grammar(version: ToolVersion) -> Grammar:
    """The grammar of a tool whose help cannot be parsed, by its version.

    5.2, 7.0 and 4.0.1 of ST Edge AI Core are fully documented. In between, words for
    compression are assumed from 7.1 on, `--quiet` from 7.2 and `--optimization` from 7.3, as in
    ST's model zoo.
    """
    flags = {"--model", "--type", "--name", "--compression", "--workspace", "--output"}
    if version.name == "stedgeai":
        flags |= {"--target"}
    else:
        flags |= {"--series", "--allocate-inputs", "--allocate-outputs"}
    if version.pack >= Version(7, 2):
        flags |= {"--quiet"}
    if version.pack >= Version(7, 3):
        flags |= {"--optimization"}
    return Grammar(frozenset(flags), version.pack >= Version(7, 1), frozenset())
