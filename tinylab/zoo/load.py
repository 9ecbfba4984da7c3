"""Loads model files as networks: checked here, read in a separate process, then cached."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tinylab import atomic_files, paths
from tinylab.errors import Interrupted, ModelFileError
from tinylab.zoo import model_bytes, signatures
from tinylab.zoo.builder import plain
from tinylab.zoo.network import Network
from tinylab.zoo.onnx import companions
from tinylab.zoo.processes import loading_process, stored

NAMELESS = ("model", "network")
POLL_S = 0.05
_loading = threading.Lock()


def never() -> bool:
    """For callers that do not cancel."""
    return False


def load(source: Path, cancelled: Callable[[], bool] = never) -> Network:
    """Load the network in a .keras, .h5, .tflite or .onnx file, whatever its suffix is.

    A separate process reads the file the first time; afterwards the result comes from the
    cache, by the file's content. Raises what `load_each` does, and ModelFileError.
    """
    return load_many([source], cancelled)[0]


def load_many(sources: Sequence[Path], cancelled: Callable[[], bool] = never) -> list[Network]:
    """Load several networks; one process reads those that are not cached.

    Raises what `load_each` does, and ModelFileError for the first file that cannot be used.
    """
    networks = []
    for found in load_each(sources, cancelled):
        if isinstance(found, ModelFileError):
            raise found
        networks.append(found)
    return networks


def load_each(
    sources: Sequence[Path], cancelled: Callable[[], bool] = never
) -> list[Network | ModelFileError]:
    """Load several networks; for a file that cannot be used, returns its error instead.

    Each file is read once. Raises Interrupted when cancelled, and OutputError if there is no
    space for the loading process.
    """
    found: dict[Path, Network | ModelFileError] = {}
    copies: list[_Copy] = []
    with ExitStack() as stack:
        folder: Path | None = None
        for source in dict.fromkeys(sources):
            try:
                taken, beside = _take(source)
            except ModelFileError as error:
                found[source] = error
                continue
            known = _cached(source, taken.sha256)
            if known is not None:
                found[source] = known
                continue
            folder = folder or stack.enter_context(loading_process.folder())
            copies.append(_copy(source, taken, beside, folder / f"file{len(copies)}"))
        if folder is not None:
            # One loading process at a time.
            with held(_loading, cancelled):
                found |= _read_each(copies, folder, cancelled)
    return [found[source] for source in sources]


@dataclass(frozen=True)
class _Copy:
    """What the loading process reads instead of `source`: the bytes that were hashed."""

    source: Path
    sha256: str
    path: Path


def _copy(
    source: Path,
    taken: model_bytes.ModelBytes,
    beside: Sequence[companions.Companion],
    folder: Path,
) -> _Copy:
    with loading_process.full_disk_told(folder.parent):
        folder.mkdir()
        companions.write(beside, folder)
        (folder / source.name).write_bytes(taken.content)
    return _Copy(source, taken.sha256, folder / source.name)


@contextmanager
def held(
    lock: threading.Lock, cancelled: Callable[[], bool], stopped: str = "Stopped while loading."
) -> Iterator[None]:
    """Holds `lock`, and waits for it without a limit. Raises Interrupted when cancelled."""
    while not lock.acquire(timeout=POLL_S):
        if cancelled():
            raise Interrupted(stopped)
    try:
        yield
    finally:
        lock.release()


def _read_each(
    copies: Sequence[_Copy], folder: Path, cancelled: Callable[[], bool]
) -> dict[Path, Network | ModelFileError]:
    """One process reads all files that are not in the cache, also after waiting for a turn."""
    cached = {copy: _cached(copy.source, copy.sha256) for copy in copies}
    found: dict[Path, Network | ModelFileError] = {
        copy.source: network for copy, network in cached.items() if network is not None
    }
    missing = [copy for copy in copies if copy.source not in found]
    results = loading_process.load_each([copy.path for copy in missing], folder, cancelled)
    for copy, result in zip(missing, results, strict=True):
        found[copy.source] = result if isinstance(result, ModelFileError) else _made(result, copy)
    return found


def _made(result: Path, copy: _Copy) -> Network | ModelFileError:
    """The network that the loading process wrote; it goes into the cache."""
    try:
        network = _read(result, copy.source, copy.sha256)
    except stored.DAMAGED as error:
        return loading_process.unusable(copy.source, error)
    _keep(result, copy.source, copy.sha256)
    return network


def network_name(source: Path) -> str:
    """The file's name, or its folder's if the file is named `model`."""
    source = source.resolve()
    stem = source.parent.name if source.stem in NAMELESS else source.stem
    return plain(stem) or "network"


def _take(source: Path) -> tuple[model_bytes.ModelBytes, tuple[companions.Companion, ...]]:
    """The content of a file that has a known signature, and of files that belong to it."""
    taken = model_bytes.read(source)
    try:
        kind = signatures.recognise(source, taken.content)
    except ModelFileError as error:
        raise replace(error, message=f"{source.name}: {error.message}") from error
    return companions.read(source, taken) if kind is signatures.Format.ONNX else (taken, ())


@cache
def _loader_version() -> str:
    """Changes with the code that reads files, so that stale cache entries are not used."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


def _cache_path(sha256: str) -> Path:
    return paths.cache() / "networks" / _loader_version() / f"{sha256}.npz"


def _cached(source: Path, sha256: str) -> Network | None:
    path = _cache_path(sha256)
    if not path.exists():
        return None
    try:
        return _read(path, source, sha256)
    except stored.DAMAGED:
        return None  # a damaged entry is created again


def _read(path: Path, source: Path, sha256: str) -> Network:
    return stored.read(path, sha256, network_name(source), source)


def _keep(result: Path, source: Path, sha256: str) -> None:
    """Put a result into the cache atomically; a full disk is ignored."""
    path = _cache_path(sha256)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write(path, result.read_bytes())
