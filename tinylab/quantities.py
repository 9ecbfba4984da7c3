"""Types of the figures that are read from documents and databases: their ranges are checked.

The upper limits are far beyond every measurement; they keep what is computed from a figure finite.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=10**18)]
"""Bytes, samples, cycles of one inference."""
Hertz = Annotated[int, Meta(ge=1, le=10**12)]
Finite = Annotated[float, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0, le=1e18)]
"""A mean, an error, a time."""
