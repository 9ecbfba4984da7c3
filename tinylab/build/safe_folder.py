"""A folder to build in whose path no tool of a build reads as something else than a path.

PlatformIO and SCons expand `$`, SCons hands command lines to a shell, and GCC splits -Wl, and
-ffile-prefix-map at `,` and `=`. A quote, a line end or `$(...)` in the name of the cache would
break a build, or be executed.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from tinylab.errors import BuildError

SAFE = re.compile(r"(?:[\w./+@:~^-]| (?! ))+")
"""Letters and digits of any script, these signs, and single spaces: tried in real builds."""
ELSEWHERE = ("/tmp", "/var/tmp")


def is_safe(folder: Path) -> bool:
    return SAFE.fullmatch(str(folder)) is not None


def for_cache(folder: Path) -> Path:
    """`folder` if its path is safe; else one among the temporary files that belongs to it.

    Nothing in it is lost with it but time. Raises BuildError if there is no such place.
    """
    if is_safe(folder):
        return folder
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    for place in (tempfile.gettempdir(), *ELSEWHERE):
        root = Path(place) / f"tinylab-{os.getuid()}"
        if is_safe(root) and _is_ours(root):
            return root / "builds" / key
    raise BuildError(
        "PlatformIO cannot build in a folder of this name, and the temporary folders cannot be "
        f"used instead: {folder}",
        remedy="Set TINYLAB_CACHE_DIR to a folder whose path has only letters, digits, and . _ -",
    )


def _is_ours(root: Path) -> bool:
    """Whether it is, or now becomes, a folder in which nobody else can write."""
    with suppress(OSError):
        root.mkdir(mode=0o700, exist_ok=True)
        state = root.lstat()
        ours = state.st_uid == os.getuid() and not state.st_mode & 0o022
        return ours and root.is_dir() and not root.is_symlink()
    return False
