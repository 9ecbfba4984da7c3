"""The function that draws each format of `tinylab.options.formats`, imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from tinylab.options import formats

if TYPE_CHECKING:
    from tinylab.results.record import RunDocument

    Renderer = Callable[[RunDocument], str | bytes]


def renderer(key: str, theme: str | None = None) -> Renderer:
    """The function that draws the format with that name or suffix; pictures in `theme`.

    Raises KeyError for a format that is not in the table.
    """
    rows = formats.FORMATS
    row = {**{row.suffix: row for row in rows}, **{row.name: row for row in rows}}[key]
    module, function = row.renderer.split(":")
    draw: Callable[..., str | bytes] = getattr(import_module(f"tinylab.export.{module}"), function)
    return partial(draw, theme=theme or formats.LIGHT) if row.picture else draw
