"""A pytest plugin: keeps a test process small.

A virtual board is a cycle of references that holds megabytes outside Python. Python's collector
counts objects, not bytes, and comes too late for it. So it runs when the process has grown.
"""

from __future__ import annotations

import gc

import psutil
import pytest

MOST_GROWTH = 100 * 1024**2
"""Bytes of resident memory since the last collection."""


class Memory:
    """What is there after collection of the tests is not looked at again."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._least = 0

    def pytest_collection_finish(self) -> None:
        gc.collect()
        gc.freeze()
        self._least = self._resident()

    def pytest_runtest_logfinish(self) -> None:
        if self._resident() > self._least + MOST_GROWTH:
            gc.collect()
            self._least = self._resident()

    def _resident(self) -> int:
        return int(self._process.memory_info().rss)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Memory())
