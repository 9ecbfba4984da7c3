"""Loads model files as networks: checked here, read in a separate process, then cached."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from tinylab import atomic_files, paths, temporary_folders
from tinylab.errors import Interrupted, ModelFileError
from tinylab.zoo import loading_process, signatures, stored
from tinylab.zoo.builder import plain
from tinylab.zoo.network import Network

MAX_FILE = 256 * 1024 * 1024
NAMELESS = ("model", "network")
POLL_S = 0.05
_loading = threading.Lock()


def never() -> bool:
    """For callers that do not cancel."""
    return False


def load(source: Path, cancelled: Callable[[], bool] = never) -> Network:
    """Load the network in a .keras, .h5 or float .tflite file, whatever its suffix is.

    A separate process reads the file the first time; afterwards the result comes from the
    cache, by the file's content. Raises ModelFileError, or Interrupted when cancelled.
    """
    return load_many([source], cancelled)[0]


def load_many(sources: Sequence[Path], cancelled: Callable[[], bool] = never) -> list[Network]:
    """Load several networks; one process reads those that are not cached.

    Raises ModelFileError for the first file that cannot be used, Interrupted when cancelled.
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

    Raises Interrupted when cancelled.
    """
    found: dict[Path, Network | ModelFileError] = {}
    digests: dict[Path, str] = {}
    for source in sources:
        try:
            digests[source] = _check(source)
        except ModelFileError as error:
            found[source] = error
    if not all(_cache_path(digest).exists() for digest in digests.values()):
        # One loading process at a time; after waiting, models may be in the cache.
        with held(_loading, cancelled):
            found |= _read_each(digests, cancelled)
    else:
        found |= _read_each(digests, cancelled)
    return [found[source] for source in sources]


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
    digests: Mapping[Path, str], cancelled: Callable[[], bool]
) -> dict[Path, Network | ModelFileError]:
    """Each file from the cache; one process reads all files that are not cached."""
    cached = {source: _cached(source, digest) for source, digest in digests.items()}
    found: dict[Path, Network | ModelFileError] = {k: v for k, v in cached.items() if v is not None}
    missing = [source for source in digests if source not in found]
    if missing:
        with temporary_folders.make() as folder:
            results = loading_process.load_each(missing, folder, cancelled)
            for source, result in zip(missing, results, strict=True):
                if isinstance(result, ModelFileError):
                    found[source] = result
                    continue
                found[source] = _read(result, source, digests[source])
                _keep(result, source, digests[source])
    return found


def network_name(source: Path) -> str:
    """The file's name, or its folder's if the file is named `model`."""
    source = source.resolve()
    stem = source.parent.name if source.stem in NAMELESS else source.stem
    return plain(stem) or "network"


def _check(source: Path) -> str:
    """SHA-256 of a model file that has a known signature and size."""
    try:
        if not source.is_file():
            raise ModelFileError(
                f"{source}: there is no such file.", remedy="Check the path and its permissions."
            )
        if source.stat().st_size > MAX_FILE:
            raise ModelFileError(
                f"{source.name}: larger than {MAX_FILE // 1024 // 1024} MiB.",
                remedy="A network of this size fits no microcontroller; "
                "check that it is the right file.",
            )
        content = source.read_bytes()
    except OSError as error:
        why = f"{source}: cannot be read: {error.strerror}."
        raise ModelFileError(why, remedy="Check the path and its permissions.") from error
    try:
        signatures.recognise(source, content)
    except ModelFileError as error:
        raise replace(error, message=f"{source.name}: {error.message}") from error
    return hashlib.sha256(content).hexdigest()


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
