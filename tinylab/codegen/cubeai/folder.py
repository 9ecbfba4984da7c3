"""Reads a folder that CubeMX or ST's command-line tool generated, without changing it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab.codegen.cubeai.files import (
    COPY_IT,
    LEAVES,
    REPORTS,
    Tree,
    read,
    refusal,
    together,
)
from tinylab.codegen.cubeai.interface import HEADER, Interface, Surface, surface
from tinylab.codegen.cubeai.network import CubeNetwork
from tinylab.codegen.cubeai.report import find_report, unread
from tinylab.errors import CubeAiError, InputError
from tinylab.plain_files import MIB

PLATFORM_HEADERS = {
    Interface.AI_5: "ai_platform.h",
    Interface.AI_7: "ai_platform.h",
    Interface.STAI: "stai.h",
}
LARGEST_HEADER = 256 * 1024
MOST_NETWORKS = 50
MOST_SEARCHED = 256 * MIB
"""Bytes of all headers of a folder."""
PLAIN_NAME = re.compile(r"[\w.+-]+", re.ASCII)
GET_IT = (
    "Generate it again with CubeMX, stm32ai or stedgeai, or name the folder that they wrote. It "
    "contains <name>.c, <name>.h, <name>_data.c and Middlewares/ST/AI."
)


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
    part of one is missing (data file, header, ST's headers) or is no regular file in the folder,
    GenerationError for input and output formats that the bench does not support.
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
    searched = found = 0
    for path in tree.files:
        size = path.stat().st_size
        if path.suffix != ".h" or size > LARGEST_HEADER:
            continue
        if REPORTS in path.relative_to(tree.root).parts:  # the tool's own copies
            continue
        searched += size
        if path.stem.upper() in set(HEADER.findall(read(path))):
            found += 1
            yield path, path.stem
        if found > MOST_NETWORKS or searched > MOST_SEARCHED:
            what = f"{MOST_NETWORKS} networks" if found > MOST_NETWORKS else "256 MiB of headers"
            raise InputError(f"{tree.root} has more than {what}.", remedy="Name a folder below it.")


def _network(tree: Tree, packs: Sequence[Tree], header: Path, name: str) -> CubeNetwork:
    near = header.parent
    headers = (header, *(p for p in _own_headers(tree, near, name) if p != header))
    code = _source(tree, near, f"{name}.c")
    needed = [f"{name}_data"]
    needed += [p.stem for p in headers if p.stem == f"{name}_data_params"]
    sources = (code, *(_source(tree, near, f"{stem}.c") for stem in needed))
    seen = surface(name, headers, code)
    origin, include = _include(tree, packs, near, seen)
    return CubeNetwork(
        name=name,
        folder=near,
        sources=sources,
        headers=headers,
        include=include,
        libraries=_libraries(tree, packs, near),
        surface=seen,
        report=find_report(tree, name, near, seen.weights),
        notes=tuple(unread(tree, name)),
        platform_headers=tuple(_headers_below(origin, include)),
    )


def _own_headers(tree: Tree, near: Path, name: str) -> Iterator[Path]:
    """The headers beside `<name>.h`. Raises CubeAiError for one that is not used."""
    for path in sorted((*tree.files, *tree.refused)):
        if path.parent == near and path.name.startswith(f"{name}_") and _is_header(path):
            if path in tree.refused:
                raise refusal(path, tree.refused[path])
            yield path


def _source(tree: Tree, near: Path, name: str) -> Path:
    found = tree.nearest(near, name)
    if found is None:
        raise tree.refusal(name) or CubeAiError(
            f"{near} has no {name}: the generated folder is incomplete.", remedy=GET_IT
        )
    return found


def _include(tree: Tree, packs: Sequence[Tree], near: Path, seen: Surface) -> tuple[Tree, Path]:
    """The folder of ST's headers, and what it is a part of."""
    name = PLATFORM_HEADERS[seen.interface]
    for part, place in ((tree, near), *((pack, pack.root) for pack in packs)):
        if found := part.nearest(place, name):
            return part, found.parent
    raise tree.refusal(name) or CubeAiError(
        f"ST's header {name} is not below {tree.root}.",
        remedy="Name the folder of the CubeMX project, or copy its Middlewares/ST/AI, with Inc "
        "and Lib, into this folder.",
    )


def _headers_below(tree: Tree, include: Path) -> Iterator[Path]:
    """Raises CubeAiError for a header that is not used: the compiler would not find it."""
    for path in sorted((*tree.files, *tree.refused)):
        if path.is_relative_to(include) and _is_header(path):
            if path in tree.refused:
                raise refusal(path, tree.refused[path])
            yield path


def _is_header(path: Path) -> bool:
    """Whether it is a header that ST's code may include."""
    return path.suffix == ".h" and PLAIN_NAME.fullmatch(path.name) is not None


def _libraries(tree: Tree, packs: Sequence[Tree], near: Path) -> tuple[Path, ...]:
    """The runtimes nearest to the network, or those of the packs if there are none."""
    own = together(filter(_is_library, tree.files), near)
    found = own or tuple(path for pack in packs for path in pack.files if _is_library(path))
    refused = [path for path in tree.refused if _is_library(path)]
    if not found and (refused or tree.left):
        error = tree.refusal(*(path.name for path in refused))
        assert error is not None
        raise error
    return found


def _is_library(path: Path) -> bool:
    return path.suffix in (".a", ".lib") and "NetworkRuntime" in path.name


def _nothing(folder: Path, tree: Tree) -> InputError | CubeAiError:
    """Why there is no network: either its header is missing, or it is a different folder."""
    for path in tree.files:
        if path.name.endswith(("_data.h", "_data.c")):
            name = path.stem.removesuffix("_data")
            if tree.named(f"{name}.c") and not tree.named(f"{name}.h"):
                return tree.refusal(f"{name}.h") or CubeAiError(
                    f"{path.parent} has {name}.c, but no {name}.h: the generated folder is "
                    "incomplete.",
                    remedy=GET_IT,
                )
    message = f"{folder} contains no network generated by ST's tools."
    if not tree.left:
        return InputError(message, remedy=GET_IT)
    return InputError(f"{message} {tree.left[0]} {LEAVES}.", remedy=f"{COPY_IT} {GET_IT}")
