"""What made and measured a run: versions of programs, the computer, the generated code."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import tinylab
from tinylab.build.project import add_files
from tinylab.results.record_parts import Origin


def origin(generated: Mapping[str, bytes], probe_firmware: str | None) -> Origin:
    """Of a run on this computer; `generated` are the network's files by name."""
    total = hashlib.sha256()
    add_files(total, generated)
    return Origin(
        tinylab=tinylab.__version__,
        pyocd=_version("pyocd"),
        python=platform.python_version(),
        computer=" ".join((platform.system(), platform.release(), platform.machine())),
        probe_firmware=probe_firmware,
        generated_sha256=total.hexdigest(),
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # a copy without its metadata
        return "unknown"
