"""The environment of the programs that tinylab runs: of the user's, only what they need.

A variable that a compiler, PlatformIO, SCons or Python heeds would change an image without being
part of its build id, or break the build: CPATH, CFLAGS, PLATFORMIO_BUILD_FLAGS, PYTHONPATH. There
are too many to name, so the variables that are passed on are named.
"""

from __future__ import annotations

import os

KEPT = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT",
    "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONUSERBASE",
)  # fmt: skip
"""Where programs and their libraries are, who the user is, and the language.
PYTHONUSERBASE is where `pip install --user` puts packages, PlatformIO perhaps among them."""


def minimal(**own: str) -> dict[str, str]:
    """Those of the user's variables, and `own`."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | own
