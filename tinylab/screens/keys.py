"""Every key of the bench and of the whole interface; the help page is made of these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.binding import Binding


def _keys(*rows: tuple[str, str, str, bool, str]) -> list[Binding]:
    """Bindings from rows of: keys, action, name, whether in the footer, what it does."""
    return [
        Binding(keys, action, name, show=shown, key_display=_display(keys), tooltip=what)
        for keys, action, name, shown, what in rows
    ]


def _display(keys: str) -> str:
    first = keys.split(",")[0]
    return {"escape": "esc", "question_mark": "?"}.get(first, first)


BENCH = _keys(
    ("r", "run", "Run", True, "Runs the model under the cursor on the station under the cursor."),
    ("R", "run_all", "All", True, "Runs every ticked model on every ticked station."),
    ("escape", "stop", "Stop", True, "Stops the session; measured samples are kept."),
    ("space", "freeze", "Freeze", True, "Freezes the live view, never the measurement."),
    (
        "p",
        "published",
        "Published",
        True,
        "Shows the published study's figures under the measured ones.",
    ),
    ("s", "to('stations')", "Stations", False, "Goes to the stations."),
    ("m", "to('models')", "Models", False, "Goes to the models."),
    ("c", "to('clock-entry')", "Clock", False, "Goes to the clocks of the chosen station."),
    ("t", "to('times')", "Tables", False, "Goes to the tables of results."),
    ("1", "tab('setup')", "Setup", False, "On a small screen: stations, models, clocks."),
    ("2", "tab('live')", "Live", False, "On a small screen: the live view."),
    ("3", "tab('results')", "Results", False, "On a small screen: the tables."),
    ("a", "add_model", "Add a model", False, "Adds a model file to the list."),
    ("f", "data", "Own data", False, "Runs your own samples from a file, or goes back to others."),
    ("delete", "remove_model", "Remove model", False, "Removes an added model from the list."),
    ("i", "inspect", "Inspect", False, "Opens the layers of the model under the cursor."),
    ("l", "log", "Build log", False, "Opens the build log, also while the build runs."),
    ("e", "report", "Report", False, "Opens the results as a report shows them."),
)
APP = _keys(
    ("x", "picture", "Picture", True, "Writes a picture of this screen, .svg or .png."),
    ("d", "doctor", "Doctor", False, "Shows what is missing or not accessible, and the remedies."),
    ("h", "history", "History", False, "Opens the stored runs."),
    ("o", "settings", "Options", False, "Opens all options."),
    ("question_mark", "help", "Help", True, "Opens this page."),
    ("q,ctrl+q,ctrl+c", "quit", "Quit", True, "Quits; the tables stay in the terminal."),
)
ELSEWHERE = (
    ("enter", "In a list: ticks the line. On a cell: opens everything about that run."),
    ("tab", "Goes to the next part of the screen."),
    ("↑ ↓", "Moves through a list. In the clock: the next common frequency."),
    ("esc", "Closes a page or a dialog; leaves the clock as it was."),
    ("c", "In a dialog: copies what it says."),
    ("ctrl+p", "Opens the command palette: everything by name."),
)


def groups() -> Iterable[tuple[str, Sequence[tuple[str, str]]]]:
    """The help page: titles, with keys and what they do."""
    yield "Bench", [(_display(one.key), one.tooltip) for one in BENCH]
    yield "Everywhere", [(_display(one.key), one.tooltip) for one in APP]
    yield "Lists, tables, dialogs", ELSEWHERE
