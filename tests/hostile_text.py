"""Names that a file may hold to deceive or to steer what shows them."""

from __future__ import annotations

from hypothesis import strategies

SAMPLES = (
    "\x1b[2J\x1b]0;title\x07", "\x9b31m", "a\rb", "a\r\nb\nc", "\tx", "\x7f\x00\x08",
    "\u202ecod.sarek", "zero\u200b\u200d\u2060\ufeffwidth", "line\u2028para\u2029next\x85",
    "\udcff\ud800", "\ufffe\uffff\U000e0041\U0010ffff", "[bold]b[/bold] [link=x]y[/link] [/]",
    "a|b\\|c", "=1+1", "-2+3", "+cmd|' /C calc'!A1", "@SUM(1)", " =1", "\n=1", "'=1", '"', ",;",
    "<script>&amp;]]>", "``` `x` **y** ~~z~~", "",
)  # fmt: skip

UNICODE = strategies.text(strategies.characters(), max_size=12)
"""Every code point, lone surrogates too."""
names = strategies.one_of(
    strategies.sampled_from(SAMPLES),
    strategies.builds("".join, strategies.tuples(strategies.sampled_from(SAMPLES), UNICODE)),
    UNICODE,
)
