"""Reads the `#define`s of generated headers, without a compiler."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable

COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*", re.DOTALL)
"""One without an end reaches to the end of the text; else a search for it would start anew at
every further `/*`."""
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?![\w(])[ \t]*(.*)$", re.MULTILINE)
NAME = re.compile(r"\b[A-Za-z_]\w*\b")
EXPRESSION = re.compile(r"[0-9a-fA-FxX\s()+*/|<-]*")
"""The signs of an expression of numbers, after the suffixes of these are removed."""
SUFFIX = re.compile(r"\b(0x[0-9A-Fa-f]+|\d+)[uUlL]+\b")
DEPTH = 8
BITS = 64
MOST_DIGITS = 18
LONGEST = 2048
"""Characters of an expression with its macros expanded; more is no size."""
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
        if not EXPRESSION.fullmatch(expression):
            return None
        try:
            parsed = ast.parse(expression.strip(), mode="eval")
            return _value(parsed.body)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
        except (_NotANumber, ArithmeticError):
            return None

    def real(self, name: str) -> float | None:
        """A floating-point constant, in brackets or not."""
        return real(self.raw(name))

    def _expanded(self, text: str) -> str:
        """With macros replaced; empty if that becomes too long."""
        for _ in range(DEPTH):
            more = (len(self._found.get(name, name)) - len(name) for name in NAME.findall(text))
            if len(text) > LONGEST or len(text) + sum(more) > LONGEST:
                return ""
            wider = NAME.sub(lambda name: self._found.get(name[0], name[0]), text)
            if wider == text:
                break
            text = wider
        return SUFFIX.sub(r"\1", text)


def real(text: str) -> float | None:
    """`(0.0039f)` as a finite number; None for any other text."""
    found = re.fullmatch(r"[\s(]*([-+]?[0-9.]+(?:[eE][-+]?\d+)?)[fF]?[\s)]*", text)
    try:
        value = float(found[1]) if found else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def whole(digits: str) -> int | None:
    """Digits, with commas or not, as a number; None if there are none, or more than 18."""
    plain = digits.replace(",", "")
    return int(plain) if plain and len(plain) <= MOST_DIGITS else None


def _value(node: ast.expr) -> int:
    """Raises _NotANumber for any other expression, and for values of more than 64 bits."""
    value = _computed(node)
    if abs(value) >= 1 << BITS:
        raise _NotANumber
    return value


def _computed(node: ast.expr) -> int:
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
