"""Importing what is heavy, in threads."""

from __future__ import annotations

import threading

one_at_a_time = threading.Lock()
"""Held while a thread imports what brings pyOCD along.

pyOCD's modules import one another in circles. Two threads that begin at different ends of such a
circle would wait for each other, so Python gives one of them a module that is not finished.
"""
