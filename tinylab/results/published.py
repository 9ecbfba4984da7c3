"""The figures of the published study, shown together with the measured ones."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tinylab.results.record_parts import Published

TABLE = Path(__file__).resolve().parent / "published.toml"


def published(model: str, board: str, core: str, clock_hz: int) -> Published | None:
    """What the study printed for the catalogue's `model` at this clock; None if nothing.

    `core` is the compiler's name (`cortex-m4`). A column whose board the study does not name
    is matched by core and clock alone, with a remark that says so.
    """
    table = _table()
    latencies = table["latency"].get(model)
    if latencies is None:
        return None
    for index, column in enumerate(table["columns"]):
        if (column["core"], column["clock_hz"], column.get("board", board)) != (
            core,
            clock_hz,
            board,
        ):
            continue
        latency = latencies[index]
        misprint = table["misprint"] if column["printed"] != column["heading"] else ""
        return Published(
            latency_ms=float(latency.removesuffix(" ms")),
            source=table["source"],
            latency=latency,
            rate=table["rate"][model][index],
            printed_heading=column["printed"],
            heading=column["heading"],
            remark=column.get("remark", misprint),
        )
    return None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))
