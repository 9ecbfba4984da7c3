"""`--baseline`: a file that cannot be used is refused before anything is measured."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.records import changed, record, session
from tinylab import paths
from tinylab.cli.stored.baseline import baseline, told
from tinylab.errors import ExitCode, InputError
from tinylab.results.comparison.comparison import compare, valid_figures
from tinylab.results.record import RunDocument

GIB = 1024**3
Change = Callable[[dict[str, Any]], object]


def document() -> dict[str, Any]:
    return json.loads(json.dumps(session().to_json()))  # type: ignore[no-any-return]


def cycles(**figures: object) -> Change:
    return lambda one: one["rows"][0]["cycles"].update(figures)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (cycles(median=0, median_low=0, median_high=0), "house_price has no median"),
        (cycles(median_low=0), "house_price has no median"),
        (cycles(median_low=9e9), "house_price has no median"),
        (cycles(median=-1), "document.rows[0].cycles.median is -1"),
        (cycles(median=None), "document.rows[0].cycles.median is None"),
        (cycles(median=1e300), "document.rows[0].cycles.median is 1e+300; expected"),
        (cycles(n=-5), "document.rows[0].cycles.n is -5"),
        (lambda one: one["rows"][0].update(clock_hz=0), "document.rows[0].clock_hz is 0"),
        (lambda one: one["rows"][0].pop("cycles"), "document.rows[0].cycles is missing"),
        (lambda one: one.pop("rows"), "document.rows is missing"),
        (lambda one: one.update(schema="tinylab.run/2"), "has the schema 'tinylab.run/2'"),
        (lambda one: one.update(schema="tinylab.firmware/1"), "has the schema 'tinylab.firmware"),
        (lambda one: one.update(rows={}), "document.rows is not a list"),
        (lambda one: one["rows"].insert(0, 3), "document.rows[0] is not an object"),
    ],
)  # fmt: skip
def test_figures_that_cannot_be_compared_with_are_refused(
    change: Change, says: str, tmp_path: Path
) -> None:
    made = document()
    change(made)
    path = tmp_path / "before.json"
    path.write_text(json.dumps(made))
    with pytest.raises(InputError) as caught:
        baseline(str(path))
    assert caught.value.message.startswith(f"The baseline {path} cannot be used: ")
    assert says in caught.value.message
    assert "with this version" in caught.value.remedy or "-o FILE.json" in caught.value.remedy


FILES: dict[str, tuple[bytes | str, str]] = {
    "zero": ("/dev/zero", "it is not a regular file"),
    "fifo": ("", "it is not a regular file"),
    "folder": (".", "it is not a regular file"),
    "sparse": ("", "it is larger than 64 MiB"),
    "nothing": ("/nowhere", "No such file or directory"),
    "nested": (b"[" * 100_000, "document is nested too deeply"),
    "nested objects": (b'{"a":' * 100_000, "document is nested too deeply"),
    "nan": (b'{"schema": "tinylab.run/1", "rows": [NaN]}', "document is not JSON"),
    "infinity": (b'{"schema": "tinylab.run/1", "rows": [1e999]}', "document is not JSON"),
    "digits": (b"9" * 5_000, "document is not JSON"),
    "binary": (b"\xff\xfe\x00", "it is not UTF-8 text"),
    "empty": (b"", "document is not JSON"),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_no_document_is_told_within_seconds_and_a_gibibyte(
    kind: str, tmp_path: Path
) -> None:
    content, says = FILES[kind]
    path = tmp_path / "before.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "sparse":
        path.touch()
        os.truncate(path, 5 * GIB)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.symlink_to(content)
    done = subprocess.run(
        [sys.executable, "-m", "tinylab", "run", "--baseline", str(path)],
        env=os.environ | {"PYTHONPATH": str(paths.PACKAGE.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (GIB, GIB)),
    )
    assert done.returncode == ExitCode.INPUT
    said = done.stderr.splitlines()
    assert said[0].startswith(f"tinylab: The baseline {path} cannot be used: ")
    assert says in said[0]
    assert said[1].startswith("  ")
    assert done.stdout == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def _places(value: object) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    found = [(value, key) for key in keys]
    return found + [inner for key in keys for inner in _places(value[key])]  # type: ignore[index]


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 10_000), JSON), min_size=1, max_size=3))
def test_any_document_is_compared_or_refused(
    tmp_path: Path, changes: list[tuple[int, object]]
) -> None:
    made = document()
    for number, value in changes:
        places = _places(made)
        if places:
            container, key = places[number % len(places)]
            container[key] = value
    path = tmp_path / "before.json"
    path.write_text(json.dumps(made))
    now = RunDocument("0.2.0", "now", (changed(record(), model_sha256="ab" * 32),))
    try:
        before = baseline(str(path))
        assert before is not None
        for one in compare(valid_figures(now), before.runs):
            assert str(one)
    except InputError as error:
        refused = error
        assert refused.message


def test_a_good_baseline_is_compared_with(tmp_path: Path) -> None:
    path = tmp_path / "before.json"
    path.write_text(json.dumps(document()))
    before = baseline(str(path), ["5"])
    assert before is not None
    now = replace(session(), rows=session().rows[:1])
    assert told(before.judge(now)) == ExitCode.OK
