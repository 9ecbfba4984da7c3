"""Text from elsewhere - names in files, what tools and boards print - made safe to show.

A terminal acts on control characters, and signs that have no width or change the direction of
writing hide what a name is. They are spelled out as Python does: `\\x1b`, `\\u202e`. What programs
read, JSON, keeps the exact text; there they are escaped as JSON does.
"""

from __future__ import annotations

import json
import re
import unicodedata

CANDIDATE = re.compile(r"[^ -~\n\t]")
"""All but printable ASCII and the two signs that `visible` keeps."""
LINE_SIGNS = {"\n": r"\n", "\t": r"\t"}
ASCII_SIGNS = {
    "µ": "u", "μ": "u", "±": "+-", "×": "x", "–": "-", "—": "-", "…": "...", "▶": ">", "✓": "+",
    "✗": "x", "■": "#", "●": "*", "█": "#", "░": ".", "→": "->", "≥": ">=", "≤": "<=", "°": "deg",
    "“": '"', "”": '"', "‘": "'", "’": "'", "·": "-", "•": "*", "─": "-", "━": "-", "│": "|",
}  # fmt: skip
"""What stands for the signs that tinylab itself prints, where only ASCII can be written."""


def visible(text: str) -> str:
    """`text` with every sign spelled out that is not seen as itself; lines and tabs are kept."""
    return CANDIDATE.sub(_spelled, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """`visible`, and line ends and tabs are spelled out too: for names, cells and messages."""
    return re.sub(r"[\n\t]", lambda found: LINE_SIGNS[found[0]], visible(text))


def is_seen(sign: str) -> bool:
    """False for controls, formats (bidirectional, zero-width), separators, lone surrogates."""
    return sign.isprintable() or unicodedata.category(sign) == "Zs"


def json_text(value: object) -> str:
    """`value` as indented JSON that no terminal acts upon; its strings are exact.

    Raises ValueError for NaN and infinities.
    """
    # Outside strings JSON has no sign that is escaped here.
    return CANDIDATE.sub(_in_json, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def ascii_of(text: str) -> str:
    """`text` in ASCII, still readable: `us` for `µs`; `?` for what has no equivalent."""
    return "".join(_ascii_sign(sign) for sign in text)


def _spelled(found: re.Match[str]) -> str:
    sign, code = found[0], ord(found[0])
    if is_seen(sign):
        return sign
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _in_json(found: re.Match[str]) -> str:
    return found[0] if is_seen(found[0]) else json.dumps(found[0])[1:-1]


def _ascii_sign(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in ASCII_SIGNS:
        return ASCII_SIGNS[sign]
    plain = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return plain or "?"
