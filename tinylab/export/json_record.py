"""The document of schema `tinylab.run/1`."""

from __future__ import annotations

from tinylab.display_text import json_text
from tinylab.results.record import RunDocument


def render_json(document: RunDocument) -> str:
    return json_text(document.to_json()) + "\n"
