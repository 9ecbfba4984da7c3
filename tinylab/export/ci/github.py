"""A job summary for GitHub: what became worse first, then the results, in GitHub's Markdown.

`tinylab run --format github >> "$GITHUB_STEP_SUMMARY"` shows it on the page of the job.
"""

from __future__ import annotations

from tinylab.export.markdown import render_markdown
from tinylab.export.markdown_text import escaped, table_line
from tinylab.results.record import RunDocument
from tinylab.results.record_parts import Judgement
from tinylab.units import counts_alike, signed_percent

HEADS = ("run", "measure", "before", "now", "change", "allowed", "")


def render_github(document: RunDocument) -> str:
    return "\n".join([*_judged(document), render_markdown(document)])


def _judged(document: RunDocument) -> list[str]:
    """What was judged or has changed; nothing without a baseline."""
    shown = [one for one in document.judged if one.allowed_percent is not None or one.percent]
    if not shown:
        return []
    worse = sum(one.regressed for one in shown)
    undecided = sum(one.undecided for one in shown)
    said = [f"{worse} worse than allowed"] if worse else []
    said += [f"{undecided} not decided"] if undecided else []
    return [
        f"## Against the baseline: {', '.join(said) or 'nothing is worse than allowed'}",
        "",
        table_line(HEADS),
        table_line(["---", "---", "---:", "---:", "---:", "---:", "---"]),
        *(table_line(_cells(one)) for one in shown),
        "",
        *(f"- {escaped(one.text)}" for one in shown if one.regressed or one.undecided),
        "",
    ]


def _cells(one: Judgement) -> list[str]:
    allowed = "" if one.allowed_percent is None else f"{one.allowed_percent:g} %"
    state = "**worse**" if one.regressed else "not decided" if one.undecided else ""
    better = "better" if one.improved and not state else state
    figures = *counts_alike((one.before, one.now)), signed_percent(one.percent)
    return [escaped(one.run), one.measure, *figures, allowed, better]
