"""From a model file to a folder of ST's C, through ST's tool, once for each model and version."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab import temporary_folders
from tinylab.cached_folders import CachedFolders
from tinylab.codegen.st_tool import child, command
from tinylab.codegen.st_tool.command import Request
from tinylab.codegen.st_tool.executable_query import ask
from tinylab.codegen.st_tool.installation import OPTION, Installation
from tinylab.codegen.st_tool.tool_errors import error_from
from tinylab.codegen.st_tool.version import Grammar, ToolVersion, known_grammar, parse_help
from tinylab.codegen.support_check import check_name
from tinylab.errors import GenerationError, ModelFileError, NoTool, OutputError
from tinylab.zoo.load import held

TIME_LIMIT_S = 1800.0
"""Users report minutes for networks of some 10 KB."""
KEPT = CachedFolders("st_code", 60)
STOPPED = "Stopped while ST's tool was generating."

_running = threading.Lock()
"""One run at a time: each loads a TensorFlow of its own, and stations may want the same code."""


@dataclass(frozen=True)
class Progress:
    """How far ST's tool is: what it does, and the line that it has just printed."""

    text: str
    output: str = ""


@dataclass(frozen=True)
class GeneratedFolder:
    """C that ST's tool generated, and where the library and headers of that installation are."""

    folder: Path
    """In the cache, with ST's report; nothing in it is to be changed."""
    libraries: tuple[Path, ...]
    """`Middlewares/ST/AI` of the installation that generated it."""
    version: ToolVersion
    cached: bool
    seconds: float


def generate(
    request: Request,
    tool: Installation,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> GeneratedFolder:
    """ST's code for `request`, generated or from the cache; nothing is written beside the model.

    The cache goes by the model's content, the tool's version and the command line. Raises
    ModelFileError when the model cannot be read, NoTool when `tool` cannot be used or has no
    library, GenerationError when it fails or cannot do that (its words in `details`),
    Interrupted when cancelled; then no process of it is left.
    """
    started = time.perf_counter()
    check_name(request.name)
    job = _job(request, tool)
    model = _read(request.model)
    try:
        grammar = _grammar(job, cancelled)
        arguments = command.arguments(request, job.version, grammar)
        key = _key(job.version, arguments, model)
        with held(_running, cancelled, STOPPED):
            folder = KEPT.load(key)
            cached = folder is not None
            if folder is None:
                folder = KEPT.store(key, _run(job, arguments, model, progress, cancelled))
    except OutputError as error:
        raise GenerationError(error.message, remedy=error.remedy) from error
    except OSError as error:
        raise _disk_error(error) from error
    seconds = time.perf_counter() - started
    return GeneratedFolder(folder, (job.library,), job.version, cached, seconds)


@dataclass(frozen=True)
class _Job:
    request: Request
    executable: Path
    version: ToolVersion
    library: Path

    @property
    def root(self) -> Path:
        """The installation's folder, which has `Middlewares/ST/AI` in it."""
        return self.library.parents[2]


def _job(request: Request, tool: Installation) -> _Job:
    if tool.problem is not None:
        raise tool.problem
    library = tool.middlewares
    if tool.version is None or library is None:
        raise NoTool(
            f"There is no Middlewares/ST/AI with {tool.executable}: its code needs that library.",
            remedy=f"Name the folder of a whole installation with {OPTION}.",
        )
    return _Job(request, tool.executable, tool.version, library)


def _read(model: Path) -> bytes:
    try:
        return model.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{model}: cannot be read: {error.strerror or error}.") from error


def _grammar(job: _Job, cancelled: Callable[[], bool]) -> Grammar:
    printed = ask(job.executable, "--help", cancelled, lambda text: bool(parse_help(text)))
    return parse_help(printed) or known_grammar(job.version)


def _key(version: ToolVersion, arguments: Sequence[str], model: bytes) -> str:
    total = hashlib.sha256(json.dumps([version.line, *arguments]).encode())
    total.update(hashlib.sha256(model).digest())
    return total.hexdigest()[:32]


def _run(
    job: _Job,
    arguments: Sequence[str],
    model: bytes,
    progress: Callable[[Progress], None],
    cancelled: Callable[[], bool],
) -> dict[str, bytes]:
    """The files that the tool made, by name, in a private folder that is gone afterwards."""
    state = f"{job.version} starts"
    progress(Progress(state))

    def heard(line: str) -> None:
        nonlocal state
        if step := re.match(r"-- (.+?)(?: - done.*)?$", line):
            state = f"{job.version}: {step[1]}"
        progress(Progress(state, line))

    with temporary_folders.make() as place:
        (place / (command.MODEL + job.request.model.suffix)).write_bytes(model)
        line = [str(job.executable), *arguments]
        what = child.Run(line, place, job.root, TIME_LIMIT_S, STOPPED)
        code, printed = child.run(what, cancelled, heard)
        files = _made(place)
    # Tools of this kind have been seen to end with 0 after an error: the files count as well.
    missing = _missing(files, job.request.name)
    if code != 0 or missing:
        raise error_from(job.version, job.request.model, code, missing, printed)
    return files


def _made(place: Path) -> dict[str, bytes]:
    output = place / command.OUTPUT
    files = {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file()
    }
    # Older versions leave what the library's users want to know in their workspace.
    for path in sorted((place / command.WORKSPACE).rglob("*_c_info.json")):
        files.setdefault(path.name, path.read_bytes())
    return files


def _missing(files: Mapping[str, bytes], name: str) -> list[str]:
    wanted = (f"{name}.c", f"{name}.h", f"{name}_data.c", f"{name}_data.h")
    return [one for one in wanted if not files.get(one)]


def _disk_error(error: OSError) -> GenerationError:
    where = f" ({error.filename})" if error.filename else ""
    return GenerationError(
        f"ST's tool cannot be run: {error.strerror or error}{where}.",
        remedy="Free some space, or set TINYLAB_CACHE_DIR or TMPDIR to a folder that can be used.",
    )
