"""The whole build: from a board and the generated C of a network to an image."""

from __future__ import annotations

import configparser
import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from tinylab import paths
from tinylab.boards.board import Board, Memory
from tinylab.boards.placement import Layout, default_layout
from tinylab.build import (
    diagnostics,
    elf,
    image_cache,
    placed_parts,
    platformio_core,
    platformio_run,
)
from tinylab.build.core_flags import FLAGS
from tinylab.build.image import BuildProgress, Image
from tinylab.build.memory_map import board_manifest, linker_regions, region_of, serial_header
from tinylab.build.memory_parts import memory_uses
from tinylab.build.toolchain import Compiler, find_compiler
from tinylab.build.workspace import Workspace, tree
from tinylab.errors import BuildError, CompileError, DoesNotFit, OutputError

BUILD_ID_BYTES = 16
FULL = os.strerror(errno.ENOSPC)
"""In the output of a compiler that could not write."""
MEMORY_MAP = "bench/boards/memory.ld"
PLATFORMIO_INI = "bench/platformio.ini"
Files = dict[str, bytes]
NO_SETTINGS: Mapping[str, str] = {}


def build(
    board: Board,
    sources: Mapping[str, bytes],
    *,
    settings: Mapping[str, str] = NO_SETTINGS,
    layout: Layout | None = None,
    progress: Callable[[BuildProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    projects: Path | None = None,
) -> Image:
    """The firmware for `board` with the generated files `sources`, by name.

    `settings` are options of the board's environment that override those of platformio.ini:
    `custom_adapter`, `custom_runtime`.

    An image that was built before from the same files with the same tools is taken from the
    cache; no process is started. `layout` says where the program's parts are; default: activations
    in the first RAM that has the room. `projects` contains the folders `platform` and `bench`.

    Raises NoCompiler, CompileError (compiler output in `details`), DoesNotFit (a memory
    overflowed), BuildError (cache not writable, PlatformIO failed), Interrupted.
    """
    started = time.perf_counter()
    with _disk_errors():
        parts = layout or default_layout(board)
        folder = projects or paths.platformio_projects()
        files = project_files(board, sources, folder, settings, parts)
        compiler = find_compiler(platformio_core.core_folder() / "packages")
        build_id = identify(files, compiler)
        data = image_cache.load(build_id)
        cached = data is not None
        if data is None:
            files["bench/network/tinylab_build.c"] = build_id_source(build_id)
            data, cached = _build(board, files, parts, compiler, build_id, progress, cancelled)
    contents = elf.parse(data)
    return Image(
        elf=image_cache.image_path(build_id),
        sha256=contents.sha256,
        build_id=build_id,
        flash_bytes=contents.flash_bytes,
        ram_bytes=contents.ram_bytes,
        symbols=contents.symbols,
        segments=contents.segments,
        toolchain=compiler.version,
        flags=compiler_flags(files[PLATFORMIO_INI], board.name),
        cached=cached,
        seconds=time.perf_counter() - started,
        placement=placed_parts.linked(
            board, contents.sections, scratch=settings.get("custom_runtime") != "cubeai"
        ),
        memory=memory_uses(board, data),
    )


def project_files(
    board: Board,
    sources: Mapping[str, bytes],
    projects: Path,
    settings: Mapping[str, str] = NO_SETTINGS,
    layout: Layout | None = None,
) -> Files:
    """All files of the PlatformIO project by path: tinylab's, the board's, the network's."""
    parts = layout or default_layout(board)
    files = {
        path.relative_to(projects).as_posix(): path.read_bytes()
        for part in ("platform", "bench")
        for path in tree(projects / part)
    }
    files[PLATFORMIO_INI] += _environments(board, settings)
    files[f"bench/boards/{board.name}.json"] = board_manifest(board)
    files["bench/boards/placed.ld"] = placed_parts.linker_sections(board, parts)
    files |= _arena_files(board, parts, parts.activations[0])
    files["bench/boards/serial.h"] = serial_header(board)
    for name, data in sources.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise BuildError(f"A generated file cannot be called '{name}'.", remedy="Rename it.")
        files[f"bench/network/{path}"] = data
    return files


def _arena_files(board: Board, layout: Layout, arena: Memory) -> Files:
    """The files that depend on the memory of the activations."""
    tried = ", ".join(memory.name for memory in layout.activations)
    regions = linker_regions(board, arena, layout.scratch)
    return {
        MEMORY_MAP: regions + f"/* Activations: {tried}. */\n".encode(),
        "bench/boards/placed.h": placed_parts.header(layout, arena),
    }


def _environments(board: Board, settings: Mapping[str, str]) -> bytes:
    """The board's environment with tinylab's platform, and one with PlatformIO's own platform."""
    options = {"board": board.name, **settings}
    if settings.get("custom_runtime") != "cubeai":
        options["custom_core_flags"] = FLAGS[board.core]
    sections = {
        f"env:{board.name}": options,
        f"env:st_{board.name}": {"extends": "official"} | options,
    }
    lines = []
    for name, section in sections.items():
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in section.items())]
    return ("\n".join(lines) + "\n").encode()


def identify(files: Mapping[str, bytes], compiler: Compiler) -> bytes:
    """The build id: a hash of all files and of the versions of compiler and build tools."""
    total = hashlib.sha256(f"{compiler.version}\n{platformio_core.tool_versions()}\n".encode())
    add_files(total, files)
    return total.digest()[:BUILD_ID_BYTES]


def add_files(total: hashlib._Hash, files: Mapping[str, bytes]) -> None:
    """Names, sizes and contents, in the order of the names."""
    for name, data in sorted(files.items()):
        total.update(f"{name}\n{len(data)}\n".encode())
        total.update(data)


def build_id_source(build_id: bytes) -> bytes:
    """`tinylab_build.c`: a separate file, so that a new id recompiles no other file."""
    words = ", ".join(f"0x{byte:02x}" for byte in build_id)
    return f"const unsigned char tl_build_id[{len(build_id)}] = {{{words}}};\n".encode()


def compiler_flags(ini: bytes, environment: str) -> str:
    """What `platformio.ini` states to be shown with results: `-O3 -ffp-contract=off`."""
    parser = configparser.RawConfigParser()
    parser.read_string(ini.decode())
    section = f"env:{environment}"
    common = parser.get("env", "custom_optimization"), parser.get("env", "custom_core_flags")
    return f"{common[0]} {parser.get(section, 'custom_core_flags', fallback=common[1])}"


def _build(
    board: Board,
    files: Files,
    layout: Layout,
    compiler: Compiler,
    build_id: bytes,
    progress: Callable[[BuildProgress], None],
    cancelled: Callable[[], bool],
) -> tuple[bytes, bool]:
    """The image's bytes, and whether another process built them while this one waited."""
    home = platformio_core.provide_core()
    workspace = Workspace(platformio_core.home() / board.name)
    with workspace.locked(cancelled) as lock:
        if (data := image_cache.load(build_id)) is not None:
            return data, True
        call = platformio_run.Call(
            workspace.project, board.name, home, compiler.path, workspace.log, lock
        )

        def attempt(arena: Memory) -> platformio_run.Outcome:
            workspace.fill(files | _arena_files(board, layout, arena))
            with workspace.building():
                return platformio_run.run(call, progress, cancelled)

        try:
            _link_where_it_fits(board, layout, attempt, workspace.project)
        except (CompileError, DoesNotFit):
            raise
        except (BuildError, OSError):
            # A full disk or a PlatformIO failure may leave the workspace in any state.
            workspace.clean()
            raise
        data = workspace.product(board.name).read_bytes()
        _check_id(elf.parse(data), build_id, workspace)
        with suppress(OSError):  # a full disk: the image is complete, and built again next time
            image_cache.store(build_id, data)
    return data, False


def _link_where_it_fits(
    board: Board,
    layout: Layout,
    attempt: Callable[[Memory], platformio_run.Outcome],
    project: Path,
) -> None:
    """Tries the memories for the activations, in order; only linking is repeated."""
    failed: list[tuple[int, platformio_run.Outcome]] = []
    for arena in layout.activations:
        outcome = attempt(arena)
        if outcome.ok:
            return
        missing = diagnostics.overflows(outcome.lines).get(region_of(board, arena), 0)
        failed.append((missing, outcome))
        if not missing:
            break
    if any(FULL in line for _, outcome in failed for line in outcome.lines):
        raise OSError(errno.ENOSPC, FULL)
    _, nearest = min(failed, key=lambda entry: entry[0])
    error = diagnostics.error_from(board, nearest.lines, project)
    full = diagnostics.overflows(nearest.lines)
    if isinstance(error, DoesNotFit) and layout.code and region_of(board, layout.code) in full:
        error.remedy = "It fits with --place code=flash, or in a larger memory."
    raise error


def _check_id(contents: elf.Contents, build_id: bytes, workspace: Workspace) -> None:
    address = contents.symbols.get("tl_build_id", 0)
    if contents.read(address, BUILD_ID_BYTES) != build_id:
        workspace.clean()
        raise BuildError(
            "The build produced an image with another build id.",
            remedy="The workspace was deleted. Build again.",
        )


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OutputError as exc:
        raise BuildError(exc.message, remedy=exc.remedy) from exc
    except OSError as exc:
        where = exc.filename or paths.cache()
        raise BuildError(
            f"The build cannot use {where}: {exc.strerror or exc}.",
            remedy=f"Free space on the disk of {paths.cache()} and make it writable, or set "
            "another folder in TINYLAB_CACHE_DIR.",
        ) from exc
