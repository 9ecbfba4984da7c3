"""Versions of ST's network runtime in headers, reports and file names."""

from __future__ import annotations

import re
from dataclasses import dataclass

CORE_OFFSET = 8
"""ST Edge AI Core 1.0 belongs to X-CUBE-AI 9.0, 2.0 to 10.0, 3.0 to runtime 11.0."""
FIRST_X_CUBE_AI = 5
"""Lower major numbers are versions of ST Edge AI Core."""


@dataclass(frozen=True, order=True)
class Version:
    """A version of the runtime library, in X-CUBE-AI's numbering."""

    major: int
    minor: int
    micro: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.micro}"

    def fits(self, other: Version) -> bool:
        """Whether code and library are of one release; only the last number may differ."""
        return (self.major, self.minor) == (other.major, other.minor)

    @classmethod
    def of_tools(cls, major: int, minor: int, micro: int) -> Version:
        """From `AI_TOOLS_VERSION_*`: X-CUBE-AI's number up to 8, then ST Edge AI Core's."""
        return cls(major if major >= FIRST_X_CUBE_AI else major + CORE_OFFSET, minor, micro)

    @classmethod
    def of_library(cls, name: str) -> Version | None:
        """From a library's name: `NetworkRuntime600_CM4_GCC.a`, `NetworkRuntime1020_...`."""
        found = re.search(r"NetworkRuntime(\d{1,2})(\d)(\d)(?!\d)", name)
        return cls(*map(int, found.groups())) if found else None
