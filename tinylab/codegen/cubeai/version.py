"""Versions of ST's network runtime in headers, reports and file names."""

from __future__ import annotations

import re
from dataclasses import dataclass

CORE_OFFSET = 8
"""ST Edge AI Core 2.0 belongs to X-CUBE-AI 10.0, 3.0 to runtime 11.0."""
FIRST_CORE = 1
"""ST Edge AI Core 1.0 belongs to X-CUBE-AI 9.1; 9.0 wrote its own number."""
FIRST_X_CUBE_AI = 5
"""Lower major numbers are versions of ST Edge AI Core."""
RUNTIME_OF_5_0 = (4, 1)
"""What the headers of X-CUBE-AI 5.0 say; those of all later versions give the version itself."""


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
        """From `AI_TOOLS_VERSION_*`: X-CUBE-AI's number up to 9.0, then ST Edge AI Core's."""
        if major >= FIRST_X_CUBE_AI:
            return cls(major, minor, micro)
        return cls(major + CORE_OFFSET, minor + (major == FIRST_CORE), micro)

    @classmethod
    def of_headers(cls, major: int, minor: int, micro: int) -> Version:
        """From `AI_PLATFORM_RUNTIME_*` in ST's headers."""
        return cls(5, 0, micro) if (major, minor) == RUNTIME_OF_5_0 else cls(major, minor, micro)

    @classmethod
    def of_library(cls, name: str) -> Version | None:
        """From a library's name: `NetworkRuntime600_CM4_GCC.a`, `NetworkRuntime1020_...`."""
        found = re.search(r"NetworkRuntime(\d{1,2})(\d)(\d)(?!\d)", name)
        return cls(*map(int, found.groups())) if found else None
