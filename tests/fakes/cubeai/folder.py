"""Writes complete stand-in folders, in the layouts of CubeMX and ST's command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.fakes.cubeai import ai, library, stai_files
from tests.fakes.cubeai.surface import Facts, Scale
from tinylab.zoo.network import Network

CUBEMX = ("X-CUBE-AI/App", "Middlewares/ST/AI/Inc", "Middlewares/ST/AI/Lib")
COMMAND_LINE = (".", "Inc", "Lib")
PACK = (".", "Middlewares/ST/AI/Inc", "Middlewares/ST/AI/Lib/GCC/ARMCortex{core}")


@dataclass(frozen=True)
class StandIn:
    """One generated folder. `version` is the runtime's, `headers` that of `Inc`, `library` that
    in the library's name."""

    network: Network
    interface: str = "ai_5"
    version: tuple[int, int, int] = (6, 0, 0)
    name: str = "network"
    kind: str = "float32"
    inside: bool = False
    layout: tuple[str, str, str] = CUBEMX
    cores: tuple[str, ...] = ("M4",)
    abi: str = "hard"
    headers: tuple[int, int, int] | None = None
    library: tuple[int, int, int] | None = None
    library_name: str = "NetworkRuntime{digits}_C{core}_GCC.a"
    report: bool = True
    scales: tuple[Scale, Scale] | None = None
    observed: bool = False

    def write(self, folder: Path) -> Path:
        """The folder, filled; what it had of another network stays."""
        app, include, _ = (folder / part for part in self.layout)
        facts = Facts(
            self.network,
            self.name,
            self.version,
            self.kind,
            self.inside,
            self.scales,
            self.observed,
        )
        made = (
            stai_files.files(facts)
            if self.interface == "stai"
            else ai.files(facts, at_once=self.interface == "ai_7")
        )
        if self.report:
            made[f"{self.name}_generate_report.txt"] = facts.report()
        for name, text in made.items():
            _write(app / name, text.encode())
        versions = self.headers or self.version
        for name, data in library.headers(self.network, self.observed).items():
            # By that macro the library's layers would look like a generated network.
            kept = [line for line in data.splitlines(True) if b"_MODEL_NAME" not in line]
            _write(include / name, b"".join(kept))
        _write(include / "core_datatypes.h", _runtime(versions))
        _write(include / "stai_version.h", stai_files.version_header(versions).encode())
        for core in self.cores:
            self._library(folder, core)
        return folder

    def _library(self, folder: Path, core: str) -> None:
        version = self.library or self.version
        digits = "".join(map(str, version))
        place = folder / self.layout[2].format(core=core)
        name = self.library_name.format(digits=digits, core=core)
        made = library.archive(self.network, core, self.abi, version < (5, 1), self.observed)
        _write(place / name, made)


def _runtime(version: tuple[int, int, int]) -> bytes:
    if version[:2] == (5, 0):
        version = 4, 1, version[2]
    names = ("MAJOR", "MINOR", "MICRO")
    lines = [f"#define AI_PLATFORM_RUNTIME_{n} ({v})" for n, v in zip(names, version, strict=True)]
    return ("\n".join(lines) + "\n").encode()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
