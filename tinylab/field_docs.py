"""The docstrings below the fields of dataclasses, as descriptions for JSON Schemas."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass


def field_docs(kind: type[object]) -> dict[str, str]:
    """The docstring of each field, including inherited ones; those without one are omitted."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if is_dataclass(base):
            found |= _documented(ast.parse(inspect.getsource(base)).body[0])
    return found


def _documented(made: ast.stmt) -> Iterator[tuple[str, str]]:
    assert isinstance(made, ast.ClassDef)
    for field, text in zip(made.body, made.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(name)),
                ast.Expr(value=ast.Constant(str(words))),
            ) if not name.isupper():
                yield name, " ".join(words.split())
