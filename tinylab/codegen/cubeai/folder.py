"""Reads a folder that CubeMX or ST's command-line tool generated, without changing it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tinylab.codegen.cubeai.files import REPORTS, Tree, read, together
from tinylab.codegen.cubeai.interface import HEADER, Interface, Surface, surface
from tinylab.codegen.cubeai.macros import Macros
from tinylab.codegen.cubeai.report import Report, find_report
from tinylab.codegen.cubeai.version import Version
from tinylab.errors import CubeAiError, InputError

PLATFORM_HEADERS = {
    Interface.AI_5: "ai_platform.h",
    Interface.AI_7: "ai_platform.h",
    Interface.STAI: "stai.h",
}
LARGEST_HEADER = 256 * 1024
GET_IT = (
    "Generate it again with CubeMX, stm32ai or stedgeai, or name the folder that they wrote. It "
    "contains <name>.c, <name>.h, <name>_data.c and Middlewares/ST/AI."
)


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
            total.update(path.read_bytes())
        return total.hexdigest()

    @cached_property
    def headers_version(self) -> Version | None:
        """The runtime version that ST's headers in `include` belong to."""
        texts = [
            read(self.include / name)
            for name in ("core_datatypes.h", "stai.h")
            if (self.include / name).is_file()
        ]
        macros = Macros(texts)
        for prefix in ("AI_PLATFORM_RUNTIME", "STAI_TOOLS_VERSION"):
            parts = [macros.number(f"{prefix}_{part}") for part in ("MAJOR", "MINOR", "MICRO")]
            known = [part for part in parts if part is not None]
            if len(known) == len(parts):
                return Version.of_tools(*known)
        return None


@dataclass(frozen=True)
class CubeFolder:
    """All networks of a folder, in the order of their paths; at least one."""

    path: Path
    networks: tuple[CubeNetwork, ...]


def read_folder(folder: Path, *, libraries: Sequence[Path] = ()) -> CubeFolder:
    """The networks in `folder`: a generated folder, or a whole project with one in it.

    `libraries` are further folders with ST's headers and network runtimes, such as that of an
    installed pack; they are searched for files that `folder` itself lacks.

    Raises InputError if it is not a folder or contains no generated network, CubeAiError if a
    part of one is missing (data file, header, ST's headers), GenerationError for input and
    output formats that the bench does not support.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InputError(f"{folder} {what}.", remedy="--cubeai-dir takes a generated folder.")
    try:
        tree = Tree.of(folder.resolve())
        packs = [Tree.of(path.resolve()) for path in libraries]
        found = tuple(_network(tree, packs, header, name) for header, name in _headers(tree))
    except OSError as exc:
        raise InputError(
            f"{exc.filename or folder} cannot be read: {exc.strerror or exc}.",
            remedy="Make the folder readable, or copy it to a readable place.",
        ) from exc
    if not found:
        raise _nothing(folder, tree)
    return CubeFolder(folder, found)


def _headers(tree: Tree) -> Iterator[tuple[Path, str]]:
    """Each generated `<name>.h`, with the name from its file name."""
    for path in tree.files:
        if path.suffix != ".h" or path.stat().st_size > LARGEST_HEADER:
            continue
        if REPORTS in path.relative_to(tree.root).parts:  # the tool's own copies
            continue
        names = {found[2] for found in HEADER.finditer(read(path))}
        if path.stem.upper() in names:
            yield path, path.stem


def _network(tree: Tree, packs: Sequence[Tree], header: Path, name: str) -> CubeNetwork:
    near = header.parent
    headers = (header, *(p for p in _own_headers(tree, near, name) if p != header))
    code = _source(tree, near, f"{name}.c")
    needed = [f"{name}_data"]
    needed += [p.stem for p in headers if p.stem == f"{name}_data_params"]
    sources = (code, *(_source(tree, near, f"{stem}.c") for stem in needed))
    seen = surface(name, headers, code)
    return CubeNetwork(
        name=name,
        folder=near,
        sources=sources,
        headers=headers,
        include=_include(tree, packs, near, seen),
        libraries=_libraries(tree, packs, near),
        surface=seen,
        report=find_report(tree, name, near, seen.weights),
    )


def _own_headers(tree: Tree, near: Path, name: str) -> Iterator[Path]:
    beside = sorted(path for path in tree.files if path.parent == near and path.suffix == ".h")
    yield from (path for path in beside if path.stem.startswith(f"{name}_"))


def _source(tree: Tree, near: Path, name: str) -> Path:
    found = tree.nearest(near, name)
    if found is None:
        raise CubeAiError(
            f"{near} has no {name}: the generated folder is incomplete.", remedy=GET_IT
        )
    return found


def _include(tree: Tree, packs: Sequence[Tree], near: Path, seen: Surface) -> Path:
    name = PLATFORM_HEADERS[seen.interface]
    found = tree.nearest(near, name)
    for pack in packs:
        found = found or pack.nearest(pack.root, name)
    if found is None:
        raise CubeAiError(
            f"ST's header {name} is not below {tree.root}.",
            remedy="Name the folder of the CubeMX project, or copy its Middlewares/ST/AI, with Inc "
            "and Lib, into this folder.",
        )
    return found.parent


def _libraries(tree: Tree, packs: Sequence[Tree], near: Path) -> tuple[Path, ...]:
    """The runtimes nearest to the network, or those of the packs if there are none."""
    own = together(filter(_is_library, tree.files), near)
    return own or tuple(path for pack in packs for path in pack.files if _is_library(path))


def _is_library(path: Path) -> bool:
    return path.suffix in (".a", ".lib") and "NetworkRuntime" in path.name


def _nothing(folder: Path, tree: Tree) -> InputError | CubeAiError:
    """Why there is no network: either its header is missing, or it is a different folder."""
    for path in tree.files:
        if path.name.endswith(("_data.h", "_data.c")):
            name = path.stem.removesuffix("_data")
            if tree.named(f"{name}.c") and not tree.named(f"{name}.h"):
                return CubeAiError(
                    f"{path.parent} has {name}.c, but no {name}.h: the generated folder is "
                    "incomplete.",
                    remedy=GET_IT,
                )
    return InputError(f"{folder} contains no network generated by ST's tools.", remedy=GET_IT)
