"""Writes the JSON Schema of every document to docs/schemas/: `python -m scripts.make_schemas`."""

from __future__ import annotations

import json
from pathlib import Path

from tinylab.bench.choosing import document as choice_document
from tinylab.bench.core_loops import document as core_loops_document
from tinylab.bench.doctor import document
from tinylab.bench.verify import document as verify_document
from tinylab.boards import schemas as board_schemas
from tinylab.results import schemas

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"
SCHEMAS = {
    **schemas.SCHEMAS,
    **board_schemas.SCHEMAS,
    "doctor.schema.json": document.document_schema,
    "choice.schema.json": choice_document.document_schema,
    "verify.schema.json": verify_document.document_schema,
    "bench_core.schema.json": core_loops_document.document_schema,
}


def text(name: str) -> str:
    """What the file of that name must hold."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for schema in SCHEMAS:
        (FOLDER / schema).write_text(text(schema), encoding="utf-8")
