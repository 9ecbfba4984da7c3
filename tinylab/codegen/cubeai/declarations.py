"""Finds the formats and quantisation of inputs and outputs in generated C.

`<name>.c` lists the tensors of each side; a tensor names its array, whose declaration has the
format, and its quantisation, if any:

    AI_ARRAY_OBJ_DECLARE(x_array, AI_ARRAY_FORMAT_S8|AI_FMT_FLAG_IS_IO, ...)
    AI_INTQ_INFO_LIST_OBJ_DECLARE(x_intq, ..., AI_PACK_INTQ_SCALE(0.5f), AI_PACK_INTQ_ZP(-1)))
    AI_TENSOR_OBJ_DECLARE(x, ..., 1, &x_array, &x_intq)
    AI_TENSOR_LIST_IO_OBJ_INIT(AI_FLAG_NONE, AI_NETWORK_IN_NUM, &x)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tinylab.codegen.cubeai.macros import real, whole

DECLARED = re.compile(r"\bAI_(ARRAY|TENSOR|INTQ_INFO_LIST)_OBJ_DECLARE\s*\(\s*(\w+)\s*,")
LONGEST = 4096
"""Characters of one declaration or list. Only declarations of weights are longer, with a scale for
each channel."""
FORMAT = re.compile(r"AI_ARRAY_FORMAT_\w+")
PARTS = re.compile(r"\b\d+\s*,\s*&(\w+)\s*,\s*(?:&(\w+)|NULL)\s*\)")
SCALE = re.compile(r"AI_PACK_INTQ_SCALE\(([^)]*)\)")
ZERO_POINT = re.compile(r"AI_PACK_U?INTQ_ZP\(\s*(-?\d+)\s*\)")


@dataclass(frozen=True)
class Declared:
    """What C declares of one input or output; unknown values are empty or None."""

    format: str = ""
    """`AI_ARRAY_FORMAT_FLOAT`."""
    scale: float | None = None
    zero_point: int | None = None


class Declarations:
    """The objects that one `<name>.c` declares."""

    def __init__(self, code: str) -> None:
        self._code = code
        found = list(DECLARED.finditer(code))
        ends = [*(one.start() for one in found[1:]), len(code)]
        self._spans = {
            (one[1], one[2]): (one.end(), min(end, one.end() + LONGEST))
            for one, end in zip(found, ends, strict=False)
        }

    def side(self, count: str) -> tuple[Declared, ...]:
        """The tensors of the list whose length is the macro `count`, in order."""
        return tuple(map(self._declared, self._listed(count)))

    def _listed(self, count: str) -> Iterator[str]:
        begin = re.search(rf"\(\s*AI_FLAG_NONE\s*,\s*{count}\s*,", self._code)
        if begin:
            listed = self._code[begin.end() : begin.end() + LONGEST].partition(")")[0]
            yield from re.findall(r"&(\w+)", listed)

    def _declared(self, tensor: str) -> Declared:
        parts = PARTS.search(self._body("TENSOR", tensor))
        if not parts:
            return Declared()
        kind = FORMAT.search(self._body("ARRAY", parts[1]))
        quantised = self._body("INTQ_INFO_LIST", parts[2] or "")
        scale, zero = SCALE.search(quantised), ZERO_POINT.search(quantised)
        return Declared(
            kind[0] if kind else "",
            real(scale[1]) if scale else None,
            whole(zero[1]) if zero else None,
        )

    def _body(self, kind: str, name: str) -> str:
        begin, end = self._spans.get((kind, name), (0, 0))
        return self._code[begin:end]
