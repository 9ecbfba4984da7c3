"""Charts of the HTML page: what they show, and that foreign text does no harm in them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

from tests.fakes.records import changed, profile, record, session
from tinylab.export.charts import Chart, charts, layer_chart
from tinylab.export.html_report import render_html
from tinylab.results.record import RunDocument

HOSTILE = "<script>\"&'\n\x1b[2J größe 日本"


def document(*rows: object) -> RunDocument:
    return replace(session(), rows=tuple(rows), failures=())  # type: ignore[arg-type]


def texts(chart: Chart) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(chart.svg()).iter("text")]


def test_times_stand_beside_the_published_ones() -> None:
    [times] = charts(session())
    values = times.spec["data"]["values"]
    assert {one["source"] for one in values} == {"simulated", "published"}
    valid = [row for row in session().rows if row.valid]
    ours = [one["ms"] for one in values if one["source"] == "simulated"]
    assert sorted(ours) == sorted(row.latency_ms.median for row in valid)
    shown = texts(times)
    assert "predict house price" in shown
    assert any("SIM ±" in one for one in shown), "simulated times are marked"
    assert "on silicon" not in shown
    assert f"{ours[0]:.4g} ms" in times.description


def test_several_clocks_of_a_board_make_a_sweep() -> None:
    rows = [
        changed(record(), clock_hz=clock, wait_states=waits)
        for clock, waits in ((48_000_000, 2), (16_000_000, 0), (64_000_000, 3))
    ]
    _, sweep = charts(document(*rows))
    assert [one["MHz"] for one in sweep.spec["data"]["values"]] == [16, 48, 64]
    assert "16 MHz, 0 wait states" in sweep.description
    assert "(SIM ±3 %)" in sweep.title
    assert any("wait states of the flash" in one for one in texts(sweep))
    assert len(charts(document(*rows[:2]))) == 1


def test_a_layers_causes_add_up() -> None:
    made = layer_chart(record(), profile())
    found: dict[str, int] = {}
    for one in made.spec["data"]["values"]:
        found[one["layer"]] = found.get(one["layer"], 0) + one["cycles"]
    assert found == {"1. dense, dense_nl": 20_000, "2. dense_1": 13_000}
    assert "data memory" in texts(made)


def test_foreign_text_is_only_text() -> None:
    rows = [changed(record(), title=HOSTILE, model=HOSTILE)]
    [times] = charts(document(*rows))
    assert "<script>" not in times.svg()
    assert any("日本" in one and "größe" in one for one in texts(times))
    page = render_html(document(*rows))
    assert "<script" not in page
    assert "\x1b" not in page


def test_a_page_needs_no_network_and_every_chart_has_words() -> None:
    page = render_html(session())
    links = page.replace("http://www.w3.org/2000/svg", "").replace(
        "http://www.w3.org/1999/xlink", ""
    )
    assert "http" not in links
    assert (
        page.count("<figure") == page.count('role="img" aria-label="') == page.count("</svg>") > 1
    )
    assert page == render_html(session()), "the same results make the same page"


def test_without_results_there_is_no_chart() -> None:
    assert charts(document()) == ()


def test_the_library_is_imported_for_charts_alone() -> None:
    code = """
import sys
from tests.fakes.records import session
from tinylab.export.text_table import render_text
from tinylab.export.json_record import render_json
from tinylab.export import html_report
render_text(session()), render_json(session())
assert "vl_convert" not in sys.modules
html_report.render_html(session())
assert "vl_convert" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
