"""Loads model files as networks: checked here, read in a separate process, then cached."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from tinylab import atomic_files, paths, temporary_folders
from tinylab.errors import Interrupted, ModelFileError
from tinylab.zoo import loading_process, stored
from tinylab.zoo.builder import plain
from tinylab.zoo.network import Network

SIGNATURES = {
    ".keras": (0, b"PK\x03\x04"),
    ".h5": (0, b"\x89HDF\r\n\x1a\n"),
    ".tflite": (4, b"TFL3"),
}
"""Offset and bytes that identify each kind of file."""
SUFFIXES = tuple(SIGNATURES)
REMEDY_SUFFIX = (
    f"Supported suffixes: {', '.join(SUFFIXES)}; convert the model, or give another file."
)
MAX_FILE = 256 * 1024 * 1024
NAMELESS = ("model", "network")
POLL_S = 0.05
_loading = threading.Lock()


def never() -> bool:
    """For callers that do not cancel."""
    return False


def load(source: Path, cancelled: Callable[[], bool] = never) -> Network:
    """Load the network in a .keras, .h5 or float .tflite file.

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
    if not all(_cache_path(*pair).exists() for pair in digests.items()):
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
    """SHA-256 of a file that has the right suffix, size and first bytes."""
    if source.suffix not in SIGNATURES:
        kind = f"a {source.suffix} file" if source.suffix else "a file without a suffix"
        raise ModelFileError(f"{source.name}: {kind} is not a model file.", remedy=REMEDY_SUFFIX)
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
    _check_signature(source, content)
    return hashlib.sha256(content).hexdigest()


def _check_signature(source: Path, content: bytes) -> None:
    if not content:
        raise ModelFileError(f"{source.name}: the file is empty.", remedy=loading_process.REMEDY)
    offset, signature = SIGNATURES[source.suffix]
    if content[offset : offset + len(signature)] == signature:
        return
    if content[:1] == b"\x80":
        raise ModelFileError(
            f"{source.name}: contains a Python pickle, which tinylab never opens.",
            remedy=REMEDY_SUFFIX,
        )
    for suffix, (start, other) in SIGNATURES.items():
        if content[start : start + len(other)] == other:
            raise ModelFileError(
                f"{source.name}: has the suffix {source.suffix} but is a {suffix} file.",
                remedy=f"Rename it to {source.stem}{suffix}.",
            )
    raise ModelFileError(f"{source.name}: is not a {source.suffix} file.", remedy=REMEDY_SUFFIX)


@cache
def _loader_version() -> str:
    """Changes with the code that reads files, so that stale cache entries are not used."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:16]


def _cache_path(source: Path, sha256: str) -> Path:
    return paths.cache() / "networks" / _loader_version() / f"{sha256}{source.suffix}.npz"


def _cached(source: Path, sha256: str) -> Network | None:
    path = _cache_path(source, sha256)
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
    path = _cache_path(source, sha256)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_files.write(path, result.read_bytes())
