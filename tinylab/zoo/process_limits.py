"""Limits on the resources of the processes that open model files."""

from __future__ import annotations

OUTPUT_LIMIT = 1024**3
"""Bytes in any file that such a process writes."""


def limit_resources(memory: int) -> None:
    """Limit this process: bytes of private memory, of any file, and no core dumps."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
