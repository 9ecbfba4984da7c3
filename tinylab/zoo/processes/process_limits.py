"""Limits on the resources of the processes that open model files."""

from __future__ import annotations

import math
import time

OUTPUT_LIMIT = 1024**3
"""Bytes in any file that such a process writes."""
CPU_LIMIT_S = 8
"""Processor time for one file; the largest accepted files need a few seconds."""
WRITE_FAILED = 100
"""Exit codes above this: a result could not be written; the errno is added."""


def limit_resources(memory: int) -> None:
    """Limit this process: bytes of private memory, of any file, and no core dumps."""
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_processor_time(seconds: int) -> None:
    """From now on; the kernel then ends this process with SIGXCPU, also if it has lost its parent.

    Code in C that never returns cannot be stopped in another way from inside.
    """
    try:
        import resource
    except ImportError:
        return
    limit = math.ceil(time.process_time()) + seconds
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if most != resource.RLIM_INFINITY:
        limit = min(limit, most)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, most))
