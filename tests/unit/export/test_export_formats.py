"""What the exports look like, to the byte, and what must hold for any session."""

from __future__ import annotations

import csv
import io
import re
import runpy
import struct
import sys
from argparse import Namespace
from dataclasses import replace
from itertools import compress
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.fakes.records import changed, failure, record, session
from tests.golden.write import FOLDER, FORMATS, drawn
from tinylab.cli import firmware
from tinylab.cli.files import deliver, result_files
from tinylab.errors import ExitCode, InputError
from tinylab.export.bench_state import bench_state
from tinylab.export.csv_table import render_csv
from tinylab.export.html_report import BAR_HEIGHT, render_html
from tinylab.export.json_record import render_json
from tinylab.export.markdown import render_markdown
from tinylab.export.renderers import renderer
from tinylab.export.screenshot import render_png, render_svg
from tinylab.export.table import Cell, Column, Entry, Running, entries_of, entry_of, result_tables
from tinylab.export.text_table import render_text
from tinylab.options import formats, run_flags
from tinylab.options.option import options_of
from tinylab.results.record import RunDocument
from tinylab.results.record_parts import Accuracy, DataRun
from tinylab.stats.cycles import summarize


def document(*rows: object, **changes: object) -> RunDocument:
    return replace(session(), rows=rows, failures=(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str) -> None:
    golden = FOLDER / name
    assert golden.exists(), "a new format? `python -m tests.golden.write` writes its golden file"
    assert drawn(name) == golden.read_bytes()


def test_a_row_is_all_that_a_format_needs_to_be_offered_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every place that offers formats asks the table."""
    row = formats.Format("count", "count:render_count", ".n")
    module = ModuleType("tinylab.export.count")
    vars(module)["render_count"] = lambda document: f"{len(document.rows)} runs\n"
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, row))
    [file] = result_files([str(tmp_path / "a.n")], None, None)
    assert deliver(session(), "count", [file]) == []
    assert capsys.readouterr().out == file.path.read_text() == f"{len(session().rows)} runs\n"
    flags = runpy.run_path(run_flags.__file__, run_name=run_flags.__name__)
    offered = {one.name: one for one in options_of(flags["Results"])}
    assert "count" in offered["format"].choices
    assert ".xml or .n file" in offered["output"].explanation
    with pytest.raises(InputError, match=r"\.xml or \.n\."):
        result_files(["a.x"], None, None)
    with pytest.raises(InputError, match="firmware runs cannot be printed as that"):
        firmware.firmware_files(Namespace(format="count", output=()))


def test_json_reads_back_as_the_same_document() -> None:
    assert RunDocument.parse(render_json(session()), "x") == session()


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_figure_is_cut_at_any_width(width: int) -> None:
    text = render_text(session(), width)
    tables = text.split("Bench\n")[0]
    for table in result_tables(entries_of(session())):
        for row in table.rows:
            for cell in row.cells:
                assert cell.value in tables
                assert cell.published in tables
    assert max(len(line) for line in text.splitlines()) <= width


def test_eighty_columns_take_the_four_columns_of_the_study_in_one_piece() -> None:
    assert "continued" not in render_text(session(), 80)


def test_an_accuracy_is_a_column_of_the_first_table_and_only_where_there_is_one() -> None:
    times, rates = result_tables(entries_of(session()))
    assert [column.heading[0] for column in times.columns[-1:]] == ["accuracy"]
    assert [row.cells[-1].value for row in times.rows] == ["-", "-", "0.929 (0.929)"]
    assert len(rates.columns) == len(times.columns) - 1
    without, _ = result_tables(entries_of(document(record(), record("human_activity"))))
    assert len(without.columns) == 1


def test_an_int8_row_has_its_accuracy_and_that_of_the_float_network() -> None:
    known = Accuracy("r2", "held-out", 4317, host=0.8521, float_reference=0.8883)
    plain = record(accuracy=replace(known, host=0.8883))
    quantised = record(
        model="house_price", title="predict house price, int8", number_type="int8", accuracy=known
    )
    quantised = changed(quantised, model="house_price:int8")
    slower = replace(plain.cycles, median=2 * plain.cycles.median)
    other = record("human_activity", accuracy=None)
    times, _ = result_tables(entries_of(document(plain, other, replace(quantised, cycles=slower))))
    assert [(row.title, row.cells[-1].value) for row in times.rows] == [
        ("predict house price", "r2 0.888 (0.888)"),
        ("predict house price, int8", "r2 0.852 (0.888)"),
        ("  int8 / float32", ""),
        ("human activity recognition", "-"),
    ]
    assert times.rows[2].cells[0].value == "2.00x"


def test_own_data_are_told_with_their_differences_and_cycles() -> None:
    known = Accuracy("accuracy", "mine.csv", 12, host=0.75, board=0.5, float_reference=0.75)
    cycles = summarize(np.array([10, 20, 30] * 4, np.uint64))
    data = DataRun("mine.csv", "ab" * 32, 12, 2, (3, 7), cycles, 1, 3, each=(10, 20, 30) * 4)
    shown = document(record(accuracy=known, data=data, inputs="mine.csv"))
    text = " ".join(render_text(shown, 200).split())
    assert "12 samples of mine.csv" in text
    assert "accuracy 0.7500 on the host, 0.5000 on the board" in text
    assert "10 (sample 1) to 30 (sample 3) cycles over the samples, median 20" in text
    assert "samples that differ from the host: 2 (3, 7)" in text
    assert "σ 43 % between samples, 81 % within sample 1 (6 times)" in text
    assert RunDocument.parse(render_json(shown), "x") == shown
    [line] = [one for one in render_html(shown).splitlines() if "12 of mine.csv" in one]
    assert "<td>10 (sample 1)</td>" in line
    assert line.count(f'height="{BAR_HEIGHT}"/>') == 3
    [row] = csv.DictReader(io.StringIO(render_csv(shown)))
    assert (row["accuracy_board"], row["data_where"], row["data_cycles_max"]) == (
        "0.5", "3; 7", "30",
    )  # fmt: skip
    assert "data_each" not in row


def test_every_figure_of_a_virtual_board_is_marked_sim() -> None:
    for table in result_tables(entries_of(session())):
        of_boards = [isinstance(column, Column) for column in table.columns]
        cells = [cell for row in table.rows for cell in compress(row.cells, of_boards)]
        assert all(cell.mark == "SIM" for cell in cells)
    real = document(record(simulated=False, expected_error_percent=None, serial="066AFF"))
    assert "SIM" not in render_text(real)
    assert "SIM" in render_html(session())


def test_an_error_that_nobody_knows_is_called_unknown() -> None:
    told = document(record(expected_error_percent=None))
    for text in (render_text(told), render_markdown(told), render_html(told)):
        assert "SIM ± unknown" in text
        assert "expected error unknown" in text
        assert "None" not in text


def test_an_invalid_run_shows_no_figure_however_fast() -> None:
    text = render_markdown(document(record(valid=False, warnings=("The output is wrong.",))))
    assert "invalid SIM" in text
    assert "0.719 ms" not in text
    assert "The output is wrong." in text


def test_all_times_of_a_row_have_one_unit() -> None:
    fast, slow = record(column=3), record(column=0)
    time, _ = result_tables(entries_of(document(fast, slow)))
    assert [cell.value for cell in time.rows[0].cells] == ["0.0308 ms", "0.719 ms"]
    time, _ = result_tables(entries_of(document(fast)))
    assert time.rows[0].cells[0].value == "30.8 µs"


def test_two_probes_with_the_same_board_get_columns_of_their_own() -> None:
    rows = [record(simulated=False, serial=serial) for serial in ("004A00111", "004A00222")]
    time, _ = result_tables(entries_of(document(*rows)))
    assert [column.label for column in time.columns] == [
        "nucleo_wb55rg #A00111 M4 48 MHz",
        "nucleo_wb55rg #A00222 M4 48 MHz",
    ]


def test_a_failure_without_a_serial_number_shares_its_boards_column() -> None:
    rows = (record(simulated=False, serial="004A00111"),)
    failed = changed(failure(), board="nucleo_wb55rg", core="cortex-m4", simulated=False)
    failed = changed(failed, clock_hz=48_000_000)
    time, _ = result_tables(entries_of(replace(session(), rows=rows, failures=(failed,))))
    assert len(time.columns) == 1


def test_the_same_cell_measured_twice_is_shown_twice() -> None:
    time, _ = result_tables(entries_of(document(record(), record(compression="x4"))))
    assert [row.title for row in time.rows] == ["predict house price"] * 2


def both_runtimes() -> RunDocument:
    """House_price by both runtimes; ST's takes half as long again in the first column only."""
    ours = [record(column=0), record(column=1)]
    cycles = summarize(np.array([round(1.5 * ours[0].cycles.median)] * 3, dtype=np.uint64))
    theirs = record(column=0, runtime="cubeai", runtime_version="6.0.0", cycles=cycles, output=None)
    return document(*ours, theirs, record("human_activity"))


def test_two_runtimes_stand_together_with_the_ratio_of_their_times() -> None:
    time, rate = result_tables(entries_of(both_runtimes()))
    assert [(row.title, row.cells[0].value) for row in time.rows[:3]] == [
        ("predict house price, tinylab", "0.719 ms"),
        ("predict house price, cubeai", "1.08 ms"),
        ("  cubeai / tinylab", "1.50x"),
    ]
    assert time.rows[2].cells[1].value == "-", "only one of them has run there"
    assert [row.title for row in rate.rows] == [
        "predict house price, tinylab",
        "predict house price, cubeai",
        "human activity recognition, tinylab",
    ]


@pytest.mark.parametrize("name", ["table", "markdown", ".html"])
def test_every_format_has_the_ratio_and_says_what_was_not_checked(name: str) -> None:
    text = str(renderer(name)(both_runtimes()))
    assert "1.50x" in text
    assert "cubeai / tinylab" in text
    assert "not checked for predict house price" in " ".join(text.split())


def test_what_nobody_told_is_a_dash_and_null() -> None:
    unknown = document(record(parameters=None, macc=None, output=None))
    [row] = unknown.to_json()["rows"]  # type: ignore[misc]
    assert (row["parameters"], row["macc"], row["cycles_per_macc"], row["output"]) == (None,) * 4
    assert RunDocument.from_json(unknown.to_json()) == unknown
    assert "<td>-</td>" in str(renderer(".html")(unknown))
    assert "not checked" in str(renderer("table")(unknown))


def test_words_stand_where_nothing_is_measured_yet_beside_the_published() -> None:
    waiting = Entry(record(column=1).identity, "queued")
    time, rate = result_tables([*entries_of(document(record())), waiting])
    assert (time.rows[0].cells[1].text, time.rows[0].cells[1].published) == ("queued", "1.08 ms")
    assert (rate.rows[0].cells[1].text, rate.rows[0].cells[1].published) == ("queued", "926 Hz")


def cell_of(outcome: object) -> tuple[Cell, Cell]:
    """House_price on the virtual Nucleo-WB55 at 48 MHz, in both tables."""
    entry = replace(entry_of(record()), outcome=outcome)  # type: ignore[arg-type]
    time, rate = result_tables([entry])
    return time.rows[0].cells[0], rate.rows[0].cells[0]


def test_a_run_under_way_shows_its_median_so_far_marked_as_such() -> None:
    time, rate = cell_of(Running(34_532.0))
    assert (time.text, rate.text) == ("▶ 0.719 ms SIM", "▶ 1,390 /s SIM")
    assert not time.trouble
    done, _ = cell_of(record())
    assert done.text == "0.719 ms SIM"


def test_a_run_under_way_shares_the_unit_of_its_row() -> None:
    slow = replace(entry_of(record()), outcome=Running(34_532.0))
    time, _ = result_tables([slow, entry_of(record(column=3))])
    assert [cell.value for cell in time.rows[0].cells] == ["▶ 0.719 ms", "0.0308 ms"]


def test_a_run_that_was_stopped_is_no_trouble_and_one_that_failed_is() -> None:
    for cell in cell_of(changed(failure(), exit_code=ExitCode.INTERRUPTED)):
        assert (cell.text, cell.trouble) == ("stopped SIM", False)
        assert cell.published
    for cell in cell_of(failure()):
        assert (cell.text, cell.trouble) == ("failed SIM", True)


def test_the_bench_state_says_what_the_figures_depend_on() -> None:
    state = {line.label: line.text for line in bench_state(session())}
    m4 = state["nucleo_wb55rg M4 64 MHz"]
    for fact in ("expected error ±3 %", "measured 64 MHz", "3 wait states", "ART", "fpv4-sp-d16"):
        assert fact in m4
    assert state["runtime"] == "tinylab 0.1.0"
    assert "x8 (image classification)" in state["compression"]
    assert "-O3 -mcpu=cortex-m7 (nucleo_h723zg)" in state["flags"]
    assert "gcc 12.2.1" in state["toolchain"]
    assert "X-CUBE-AI 6.0.0" in state["reference"]
    assert "550 / 180" in state["reference"]


def test_a_note_on_every_run_of_a_model_is_said_once() -> None:
    note = ("x8: accuracy 0.921 -> 0.918 on 1000 held-out samples",)
    rows = [record("image_classification", column, warnings=note) for column in range(4)]
    said = [line for line in bench_state(document(*rows)) if line.label == "warning"]
    assert [line.text for line in said] == [f"image classification: {note[0]}"]


def test_csv_has_one_line_per_run_and_every_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(session()))))
    assert len(rows) == 12
    assert rows[0]["state"] == "ok"
    assert int(rows[0]["cycles_median"].split(".")[0]) == session().rows[0].cycles.median
    assert float(rows[0]["latency_ms_median"]) == session().rows[0].latency_ms.median
    assert rows[4]["state"] == "invalid"
    assert (rows[-1]["state"], rows[-1]["error"]) == ("failed", "The board stopped answering.")
    assert rows[-1]["clock_hz"] == "550000000"


def test_names_of_models_cannot_break_a_page_or_a_table() -> None:
    nasty = document(record(title="a|b <script>*x*\n[link]"))
    assert "<script>" not in render_html(nasty)
    line = next(line for line in render_markdown(nasty).splitlines() if "script" in line)
    assert len(re.findall(r"(?<!\\)\|", line)) == 3
    assert "[link]" in render_text(nasty), "square brackets are text, not rich's markup"


@pytest.mark.parametrize("draw", [render_svg, render_html])
def test_pictures_and_pages_load_nothing_from_the_network(draw: object) -> None:
    text = draw(session()).replace("http://www.w3.org/2000/svg", "")  # type: ignore[operator]
    assert not re.search(r"https?:|url\((?!#)|@import|src=", text)


def test_a_png_is_one_and_shows_letters() -> None:
    """Without its font the text would vanish and the picture shrink to almost nothing."""
    png = render_png(session())
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width > 1_000
    assert height > 1_000
    assert len(png) > 4 * len(render_png(document()))


def test_a_session_stopped_before_its_first_result_can_still_be_written() -> None:
    empty = document(interrupted=True)
    for name in FORMATS.values():
        assert renderer(name)(empty)
    assert "stopped before" in render_text(empty)
    assert "stopped before" in render_markdown(empty)
    assert RunDocument.parse(render_json(empty), "x") == empty
