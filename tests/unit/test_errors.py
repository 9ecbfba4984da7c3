"""Errors that programs can read: kinds, fields, and their way through database and JSON."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import tinylab
from tests.fakes.records import record
from tinylab import errors
from tinylab.cli.main import main
from tinylab.cli.output import print_error_document
from tinylab.errors import DoesNotFit, ErrorKind, ExitCode, TinylabError, every_error
from tinylab.results.error_record import ErrorRecord
from tinylab.results.record import Failure, RunDocument
from tinylab.results.store import Store

FRAGMENTS = {
    *("boards/board_file", "boards/decoding", "boards/family_table"),
    *(
        "zoo/checks/validation",
        "zoo/shapes",
        "zoo/checks/float_layers",
        "zoo/checks/state_rules",
        "codegen/st_tool/executable_query",
    ),
    *("text_files", "results/stored_run", "results/comparison/baselines", "cli/stored/baseline"),
}
"""Their callers add the file or the layer, and the remedy."""
VALUES = {
    "int": 1234,
    "int | None": 0x2000_0000,
    "float | None": 47_998_123.5,
    "str": "/home/user/settings.json",
    "str | None": "066BFF303435554157",
    "tuple[int, ...]": (3, 4),
    "tuple[float, ...]": (47.5e6, 48e6),
    "tuple[str, ...]": ("one", "two"),
}
"""One for each type that a field has."""
KINDS = pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)


def descending(kind: type[TinylabError]) -> Iterator[type[TinylabError]]:
    for child in kind.__subclasses__():
        yield child
        yield from descending(child)


TREE = tuple(descending(TinylabError))


def filled(kind: type[TinylabError]) -> TinylabError:
    """An error with a value in every field."""
    own = {
        one.name: VALUES[str(one.type)] for one in fields(kind) if one.name in kind.field_names()
    }
    return kind("It broke.", remedy="Mend it.", details="line 1\nline 2", **own)


def same(error: TinylabError, other: TinylabError) -> bool:
    return type(error) is type(other) and vars(error) == vars(other)


def test_every_class_has_a_kind_of_its_own_and_an_exit_code() -> None:
    classes = [kind for kind in TREE if "kind" in vars(kind)]
    assert sorted(kind.kind for kind in classes) == sorted(ErrorKind)
    assert all(kind.exit_code in ExitCode for kind in every_error())
    assert {kind.__name__ for kind in every_error()} <= set(errors.__all__)


def test_the_tree_is_drawn_whole() -> None:
    assert errors.__doc__
    drawn = [line for line in errors.__doc__.splitlines() if "--" in line]
    assert len(drawn) == len(every_error())
    for kind in every_error():
        [line] = [line for line in drawn if kind.__name__ in line.split()]
        if kind.__bases__ == (TinylabError,):
            assert int(line.split()[2]) == kind.exit_code


@KINDS
def test_it_survives_the_way_through_json(kind: type[TinylabError]) -> None:
    error = filled(kind)
    failure = Failure(record().identity, ErrorRecord.of(error))
    document = RunDocument("0.1.0", "2025-01-02T03:04:05+00:00", (), (failure,))
    [again] = RunDocument.parse(json.dumps(document.to_json()), "x").failures
    assert again == failure
    assert same(again.error.error(), error)


@KINDS
def test_it_survives_the_way_through_the_database(kind: type[TinylabError], tmp_path: Path) -> None:
    error = filled(kind)
    with Store.open(tmp_path / "results.sqlite") as store:
        run = store.begin_run(record().identity)
        store.fail(run, error)
    with Store.open(tmp_path / "results.sqlite") as store:
        kept = store.run(run)
    assert kept.message == "It broke. Mend it."
    assert kept.failure == Failure(record().identity, ErrorRecord.of(error))
    assert same(kept.failure.error.error(), error)


def test_the_page_lists_every_kind_with_exit_code_and_fields() -> None:
    page = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (
            f"`{kind.kind}`",
            str(int(kind.exit_code)),
            ", ".join(f"`{f}`" for f in kind.field_names()),
        )
        for kind in every_error()
    ]


def test_one_of_a_newer_tinylab_is_the_general_one_of_its_exit_code() -> None:
    newer = ErrorRecord(4, "It rusted.", kind="rusty", fields={"since": 1999})
    assert type(newer.error()) is errors.BuildError
    older = ErrorRecord(6, "It failed.")
    assert type(older.error()) is errors.MeasurementError
    assert type(ErrorRecord(99, "?").error()) is errors.InternalError


def test_a_damaged_field_is_named() -> None:
    damaged = ErrorRecord(4, "It is large.", kind="does_not_fit", fields={"ram_missing": "much"})
    with pytest.raises(errors.InputError, match=r"does_not_fit\.ram_missing is 'much'"):
        damaged.error()


def test_the_error_of_a_command_that_was_to_print_json_is_json(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = ["--headless", "--on", "sim:nucleo_wb55rg@7000"]
    assert main([*wrong, "--format", "json"]) == ExitCode.INPUT
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert (document["schema"], document["error"]["kind"]) == ("tinylab.error/1", "clock")
    assert document["error"]["exit_code"] == ExitCode.INPUT
    assert document["error"]["fields"] == {"asked_hz": 7e9, "nearest_hz": [64e6]}
    assert document["error"]["message"] in said.err
    assert main(["models", "no_such_model", "--json"]) == ExitCode.INPUT
    assert json.loads(capsys.readouterr().out)["error"]["kind"] == "unknown_name"
    assert main(wrong) == ExitCode.INPUT
    assert capsys.readouterr().out == ""


def test_an_internal_error_is_said_to_be_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TINYLAB_DEBUG", raising=False)

    def broken() -> None:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr("tinylab.boards.catalog.all_boards", broken)
    assert main(["boards", "--json"]) == ExitCode.INTERNAL == 70
    said = capsys.readouterr()
    assert said.err.startswith("tinylab: Internal error in tinylab: ZeroDivisionError: by hand.")
    assert json.loads(said.out)["error"]["kind"] == "internal"


def test_what_does_not_fit_says_how_much_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    print_error_document(DoesNotFit("Too large.", flash_missing=9, fitting_compression="x4"))
    told = json.loads(capsys.readouterr().out)["error"]["fields"]
    assert told == {"flash_missing": 9, "ram_missing": 0, "fitting_compression": "x4"}


def raised_without_remedy(path: Path) -> Iterator[str]:
    """Where a module makes an error of the tree without a remedy; a stop by the user needs none."""
    # DamagedSettings, if it is imported already, has one of its own.
    names = {kind.__name__ for kind in TREE} - {"Interrupted", "DamagedSettings"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            given = {keyword.arg for keyword in node.keywords}
            if node.func.id in names and not given & {"remedy", None}:
                yield f"{path.name}:{node.lineno}: {ast.unparse(node)}"


def test_every_error_has_a_remedy() -> None:
    package = Path(tinylab.__file__).parent
    places = {path: path.relative_to(package).with_suffix("") for path in package.rglob("*.py")}
    lacking = {str(place): [*raised_without_remedy(path)] for path, place in places.items()}
    assert {place for place, found in lacking.items() if found} <= FRAGMENTS, lacking
