"""The document of schema `tinylab.run/1`."""

from __future__ import annotations

import json

from tinylab.results.record import RunDocument


def render_json(document: RunDocument) -> str:
    return json.dumps(document.to_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
