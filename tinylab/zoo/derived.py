"""What is computed from a network, once for all boards that it is measured on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from tinylab.zoo.network import Network

T = TypeVar("T")


class Derived(Generic[T]):
    """Results by network and `key`, kept as long as the network.

    A result must not refer to its network, which would then be kept forever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._results: WeakKeyDictionary[Network, dict[Hashable, T]] = WeakKeyDictionary()
        self._turns: WeakKeyDictionary[Network, threading.Lock] = WeakKeyDictionary()

    def get(self, network: Network, key: Hashable, make: Callable[[], T]) -> T:
        """The result of `make`, which is called if there is none yet; other threads wait for it.

        Raises what `make` raises; the next call tries again.
        """
        with self._lock:
            results = self._results.setdefault(network, {})
            turn = self._turns.setdefault(network, threading.Lock())
        with turn:
            if key not in results:
                results[key] = make()
            return results[key]
