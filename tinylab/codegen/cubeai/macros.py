"""Reads the `#define`s of generated headers, without a compiler."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?![\w(])[ \t]*(.*)$", re.MULTILINE)
NAME = re.compile(r"\b[A-Za-z_]\w*\b")
SUFFIX = re.compile(r"\b(0x[0-9A-Fa-f]+|\d+)[uUlL]+\b")
DEPTH = 8
BITS = 64
OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.floordiv,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
}


class _NotANumber(Exception):
    """An expression is no integer constant."""


class Macros:
    """The macros without arguments of some files; the last definition of a name applies."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._found: dict[str, str] = {}
        for text in texts:
            joined = COMMENT.sub(" ", text).replace("\\\r\n", " ").replace("\\\n", " ")
            self._found |= {name: " ".join(value.split()) for name, value in DEFINE.findall(joined)}

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def raw(self, name: str) -> str:
        """The macro's replacement text on one line; empty if there is no such macro."""
        return self._found.get(name, "")

    def text(self, name: str) -> str:
        """The contents of a string literal; empty if there is none."""
        found = re.search(r'"(.*)"', self.raw(name))
        return found[1] if found else ""

    def number(self, name: str) -> int | None:
        """The value of an integer expression with macros expanded; None for anything else."""
        expression = self._expanded(self.raw(name))
        try:
            parsed = ast.parse(expression.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError):
            return None
        try:
            return _value(parsed.body)
        except (_NotANumber, ArithmeticError):
            return None

    def real(self, name: str) -> float | None:
        """A floating-point constant, in brackets or not."""
        return real(self.raw(name))

    def numbers(self, pattern: str) -> Iterator[int]:
        """The values of `pattern % 1`, `pattern % 2` ... up to the last one defined."""
        index = 1
        while (value := self.number(pattern % index)) is not None:
            yield value
            index += 1

    def _expanded(self, text: str) -> str:
        for _ in range(DEPTH):
            wider = NAME.sub(lambda name: self._found.get(name[0], name[0]), text)
            if wider == text:
                break
            text = wider
        return SUFFIX.sub(r"\1", text)


def real(text: str) -> float | None:
    """`(0.0039f)` as a number; None for any other text."""
    found = re.fullmatch(r"[\s(]*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)[fF]?[\s)]*", text)
    try:
        return float(found[1]) if found else None
    except ValueError:
        return None


def _value(node: ast.expr) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.LShift) and not 0 <= right < BITS:
            raise _NotANumber
        return OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    raise _NotANumber
