"""Reads tables of numbers: .csv, and text with spaces or tabs between numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab.errors import InputError

REMEDY = "Save numbers with numpy.savez(FILE, x=..., y=...), or write a .csv with a row per sample."
DELIMITERS = ";\t,"
"""The first of these that the first line has; without any, spaces. Commas are last: they may be
decimal commas between semicolons."""
COUNTED_FROM = 3
"""So many columns that are headed 0, 1, 2 ... have these as names."""
POINT = "Write numbers with a decimal point."
INDEX = "Leave out that column; pandas does with DataFrame.to_csv(FILE, index=False)."

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Table:
    """`values` are (samples, columns); `lines` are those of the samples, from 1."""

    values: Numbers
    columns: tuple[str, ...]
    lines: tuple[int, ...]


def read(content: bytes, name: str) -> Table:
    """The table in a file called `name`. Raises InputError, with row and column."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no .npz, .npy or .csv file.", remedy=REMEDY) from error
    lines = list(_lines(text, name))
    if not lines:
        raise InputError(f"{name} is empty.", remedy=REMEDY)
    columns = _heading(lines[0][1])
    if columns:
        del lines[0]
        _check_index(columns, name)
    if not lines:
        raise InputError(f"{name} has a heading and no samples.", remedy=REMEDY)
    width = len(columns or lines[0][1])
    values = np.empty((len(lines), width), np.float64)
    for index, (row, cells) in enumerate(lines):
        values[index] = _row(cells, width, columns, f"{name}, row {row}")
    return Table(values, columns, tuple(row for row, _ in lines))


def _heading(cells: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns, or nothing: names are no numbers, or are counted from 0."""
    counted = [str(index) for index in range(len(cells))]
    if any(_number(cell.replace(",", ".")) is not None for cell in cells) and (
        len(cells) < COUNTED_FROM or [cell.strip() for cell in cells] != counted
    ):
        return ()
    return tuple(cell.strip() for cell in cells)


def _check_index(columns: Sequence[str], name: str) -> None:
    if len(columns) > 1 and columns[0] in ("", "Unnamed: 0"):
        raise InputError(
            f"{name}: its first column has no name, so it may be the numbers of the rows.",
            remedy=INDEX,
        )


def _lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with their lines' numbers, without empty ones. numpy heads a table with `# `."""
    first = text.partition("\n")[0]
    plain = text.removeprefix("#")
    delimiter = next((one for one in DELIMITERS if one in first), None)
    if delimiter is None:
        for number, line in enumerate(plain.splitlines(), start=1):
            if line.strip():
                yield number, line.split()
        return
    reader = csv.reader(io.StringIO(plain), delimiter=delimiter)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(f"{name}, row {reader.line_num}: {error}.", remedy=REMEDY) from error


def _row(cells: Sequence[str], width: int, columns: Sequence[str], where: str) -> Sequence[float]:
    if len(cells) != width:
        raise InputError(
            f"{where} has {len(cells)} columns, the rows before it have {width}.", remedy=REMEDY
        )
    values = []
    for index, cell in enumerate(cells):
        value = _number(cell)
        if value is None:
            named = f" ({columns[index]})" if columns else ""
            raise InputError(
                f"{where}, column {index + 1}{named} is no number: {cell[:40]!r}.",
                remedy=POINT if _number(cell.replace(",", ".")) is not None else REMEDY,
            )
        values.append(value)
    return values


def _number(cell: str) -> float | None:
    """NaN and infinity are numbers here; they are refused where samples are checked."""
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None
