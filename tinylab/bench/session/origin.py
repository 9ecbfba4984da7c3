"""What made and measured a run: versions of programs, the computer, the generated code."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import tinylab
from tinylab.results.record_parts import Origin


def origin(generated: Mapping[str, bytes], probe_firmware: str | None) -> Origin:
    """Of a run on this computer; `generated` are the network's files by name."""
    return Origin(
        tinylab=tinylab.__version__,
        pyocd=_version("pyocd"),
        python=platform.python_version(),
        computer=" ".join((platform.system(), platform.release(), platform.machine())),
        probe_firmware=probe_firmware,
        generated_sha256=files_sha256(generated),
    )


def files_sha256(files: Mapping[str, bytes]) -> str:
    """Of the names, sizes and contents, in the order of the names."""
    total = hashlib.sha256()
    for name, data in sorted(files.items()):
        total.update(f"{name}\n{len(data)}\n".encode())
        total.update(data)
    return total.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a copy without its metadata
        return "unknown"
