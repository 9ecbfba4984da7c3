"""One network as ST's tools generated it, with all that it is built from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tinylab.codegen.cubeai.files import read, read_bytes
from tinylab.codegen.cubeai.interface import Surface
from tinylab.codegen.cubeai.macros import Macros
from tinylab.codegen.cubeai.report import Report
from tinylab.codegen.cubeai.version import Version


@dataclass(frozen=True)
class CubeNetwork:
    """One generated network, with all files needed to compile and link it.

    `sources` and `headers` are the network's own; `include` is the folder of ST's headers, and
    `libraries` are all network runtimes found, for any core and compiler. Unknown values are
    None. Sizes in bytes are in `surface`.
    """

    name: str
    """As in C names: `network` for `ai_network_run`."""
    folder: Path
    """The folder of `<name>.h`."""
    sources: tuple[Path, ...]
    headers: tuple[Path, ...]
    include: Path
    libraries: tuple[Path, ...]
    surface: Surface
    report: Report | None
    notes: tuple[str, ...] = ()
    """What the folder has, but is not used."""
    platform_headers: tuple[Path, ...] = ()
    """All headers below `include`."""

    @property
    def macc(self) -> int | None:
        """From ST's report, else from the generated C."""
        from_report = self.report.macc if self.report else None
        return self.surface.macc if from_report is None else from_report

    @property
    def activations(self) -> int:
        """Bytes, from ST's report, else the sum of the blocks in the generated code."""
        from_report = self.report.activations if self.report else None
        return sum(self.surface.activations) if from_report is None else from_report

    @property
    def parameters(self) -> int | None:
        return self.report.parameters if self.report else None

    @property
    def compression(self) -> str | None:
        return self.report.compression if self.report else None

    @cached_property
    def sha256(self) -> str:
        """Hash of the network's own files."""
        total = hashlib.sha256()
        for path in (*self.sources, *self.headers):
            total.update(f"{path.name}\n".encode())
            total.update(read_bytes(path))
        return total.hexdigest()

    @cached_property
    def headers_version(self) -> Version | None:
        """The runtime version that ST's headers in `include` belong to."""
        places = (self.include / name for name in ("core_datatypes.h", "stai.h"))
        macros = Macros([read(path) for path in places if path in self.platform_headers])
        for prefix, version in (
            ("AI_PLATFORM_RUNTIME", Version.of_headers),
            ("STAI_TOOLS_VERSION", Version.of_tools),
        ):
            parts = [macros.number(f"{prefix}_{part}") for part in ("MAJOR", "MINOR", "MICRO")]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                return version(*known)
        return None
