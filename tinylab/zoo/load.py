"""Model files to networks: checked here, read in a process of their own, then cached."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tinylab import paths
from tinylab.errors import Interrupted, ModelFileError
from tinylab.zoo import child, stored
from tinylab.zoo.builder import plain
from tinylab.zoo.network import Network

SIGNATURES = {
    ".keras": (0, b"PK\x03\x04"),
    ".h5": (0, b"\x89HDF\r\n\x1a\n"),
    ".tflite": (4, b"TFL3"),
}
"""Offset and bytes by which each kind of file is known."""
SUFFIXES = tuple(SIGNATURES)
REMEDY_SUFFIX = f"Supported are {', '.join(SUFFIXES)}; convert the model or name the right file."
MAX_FILE = 256 * 1024 * 1024
NAMELESS = ("model", "network")
POLL_S = 0.05
_loading = threading.Lock()


def never() -> bool:
    """For callers that do not cancel."""
    return False


def load(source: Path, cancelled: Callable[[], bool] = never) -> Network:
    """The network in a .keras, .h5 or float .tflite file.

    The first time a process reads the file; after that its result comes from the cache,
    by the content of the file. Raises ModelFileError, or Interrupted when cancelled.
    """
    return load_many([source], cancelled)[0]


def load_many(sources: Sequence[Path], cancelled: Callable[[], bool] = never) -> list[Network]:
    """Several networks, those not cached in one process, so that TensorFlow starts once.

    Raises ModelFileError for the first file that cannot be used, Interrupted when cancelled.
    """
    digests = [_check(source) for source in sources]
    if all(_cache_path(*pair).exists() for pair in zip(sources, digests, strict=True)):
        return _load_each(sources, digests, cancelled)
    # One start of TensorFlow at a time; whoever waited may find its models in the cache.
    with held(_loading, cancelled):
        return _load_each(sources, digests, cancelled)


@contextmanager
def held(lock: threading.Lock, cancelled: Callable[[], bool]) -> Iterator[None]:
    """Holds `lock`, however long others do. Raises Interrupted when cancelled meanwhile."""
    while not lock.acquire(timeout=POLL_S):
        if cancelled():
            raise Interrupted("Stopped while loading.")
    try:
        yield
    finally:
        lock.release()


def _load_each(
    sources: Sequence[Path], digests: Sequence[str], cancelled: Callable[[], bool]
) -> list[Network]:
    networks = [_cached(*pair) for pair in zip(sources, digests, strict=True)]
    missing = [index for index, network in enumerate(networks) if network is None]
    if missing:
        with tempfile.TemporaryDirectory(prefix="tinylab-load-") as folder:
            wanted = [sources[index] for index in missing]
            results = child.load_each(wanted, Path(folder), cancelled)
            for index, result in zip(missing, results, strict=True):
                if isinstance(result, ModelFileError):
                    raise result
                networks[index] = _read(result, sources[index], digests[index])
                _keep(result, sources[index], digests[index])
    return [network for network in networks if network is not None]


def network_name(source: Path) -> str:
    """The file's name, or its folder's where the file is just called `model`."""
    source = source.resolve()
    stem = source.parent.name if source.stem in NAMELESS else source.stem
    return plain(stem) or "network"


def _check(source: Path) -> str:
    """SHA-256 of a file that has the right suffix, size and first bytes."""
    if source.suffix not in SIGNATURES:
        kind = f"a {source.suffix} file" if source.suffix else "without a suffix"
        raise ModelFileError(f"{source.name}: {kind} is no model file.", remedy=REMEDY_SUFFIX)
    try:
        if not source.is_file():
            raise ModelFileError(f"{source}: there is no such file.")
        if source.stat().st_size > MAX_FILE:
            raise ModelFileError(
                f"{source.name}: larger than {MAX_FILE // 1024 // 1024} MiB.",
                remedy="No microcontroller holds such a network; check that it is the right file.",
            )
        content = source.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{source}: cannot be read: {error.strerror}.") from error
    _check_signature(source, content)
    return hashlib.sha256(content).hexdigest()


def _check_signature(source: Path, content: bytes) -> None:
    if not content:
        raise ModelFileError(f"{source.name}: the file is empty.", remedy=child.REMEDY)
    offset, signature = SIGNATURES[source.suffix]
    if content[offset : offset + len(signature)] == signature:
        return
    if content[:1] == b"\x80":
        raise ModelFileError(
            f"{source.name}: holds a Python pickle, which tinylab never opens.",
            remedy=REMEDY_SUFFIX,
        )
    for suffix, (start, other) in SIGNATURES.items():
        if content[start : start + len(other)] == other:
            raise ModelFileError(
                f"{source.name}: is named {source.suffix} but holds a {suffix} file.",
                remedy=f"Rename it to {source.stem}{suffix}.",
            )
    raise ModelFileError(f"{source.name}: is not a {source.suffix} file.", remedy=REMEDY_SUFFIX)


@cache
def _loader_version() -> str:
    """Changes with the code that reads files, so that nothing stale is taken from the cache."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("*.py")):
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
        return None  # a damaged entry is made again


def _read(path: Path, source: Path, sha256: str) -> Network:
    return stored.read(path, sha256, network_name(source), source)


def _keep(result: Path, source: Path, sha256: str) -> None:
    """Put a result into the cache in one step; a full disk costs only the time saved."""
    path = _cache_path(source, sha256)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(result.read_bytes())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
