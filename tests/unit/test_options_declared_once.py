"""A new option is one declaration: everything else follows from it.

A copy of the package is given one more option, in one file, and asked what it knows of it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tinylab

DECLARATION = """
    patience: int | None = declare(
        None,
        Option(
            "How many times to look away.",
            title="Looking away",
            commands=(INTERFACE, RUN),
            flag="--patience",
            low=1,
            high=9,
            unset="never",
        ),
    )
"""

QUESTIONS = """
import asyncio, contextlib, io, json, sys
from textual.app import App
from textual.widgets import Input
from tinylab import settings
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.cli.arguments import parse
from tinylab.errors import InputError
from tinylab.options.option import filled
from tinylab.screens.selection import Selection, StartRequest
from tinylab.screens.settings_page import SettingsPage

def refused(do):
    try:
        do()
    except InputError as error:
        return str(error)

def help_of(command):
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.suppress(SystemExit):
        parse([command, "--help"])
    return " ".join(told.getvalue().split())

async def form():
    app = App()
    async with app.run_test() as pilot:
        app.push_screen(SettingsPage(settings.load()))
        await pilot.pause()
        field = app.screen.query_one("#patience", Input)
        placeholder = field.placeholder
        field.value = "7"
        await pilot.pause()
        return placeholder

plan = lambda options: make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg")], options)
asked = StartRequest(options={"patience": 3})
print(json.dumps({
    "flag": filled(Options, vars(parse(["run", "--patience", "4"]))).patience,
    "older": parse(["--headless", "--patience", "4"]) == parse(["run", "--patience", "4"]),
    "interface": parse(["--patience", "4"]).patience,
    "help": help_of("run"),
    "help elsewhere": "--patience" in help_of("firmware"),
    "out of range": refused(lambda: parse(["run", "--patience", "10"])),
    "stray": refused(lambda: parse(["firmware", "x.elf", "--patience", "4"])),
    "plan": plan(Options(patience=2)).options.patience,
    "refused plan": refused(lambda: plan(Options(patience=0))),
    "form": asyncio.run(form()),
    "saved": settings.load().patience,
    "bench": Selection(StartRequest(), settings.load()).options.patience,
    "outweighed": Selection(asked, settings.load()).options.patience,
}))
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package by links, but for the one file, which has a new declaration at its end."""
    package = Path(tinylab.__file__).parent
    made = tmp_path / "tinylab"
    (made / "options").mkdir(parents=True)
    for folder in (package, package / "options"):
        for path in folder.iterdir():
            if path.name not in ("options", "__pycache__", "measuring.py"):
                (made / path.relative_to(package)).symlink_to(path)
    source = (package / "options" / "measuring.py").read_text()
    before, mark, after = source.partition("\n\n@dataclass(frozen=True)\nclass Waiting")
    assert mark
    (made / "options" / "measuring.py").write_text(before.rstrip() + DECLARATION + mark + after)
    for name in ("models", "platformio_projects"):
        (tmp_path / name).symlink_to(package.parent / name)
    return tmp_path


def test_flag_form_field_plan_option_saved_setting_and_refusals_follow(copy: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "TINYLAB_CONFIG_DIR": str(copy / "config"),
        "TINYLAB_DATA_DIR": str(copy / "data"),
    }
    done = subprocess.run(
        [sys.executable, "-c", QUESTIONS],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=copy,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    text = told.pop("help")
    assert "--patience N how many times to look away (default: never)" in text
    assert told == {
        "flag": 4,
        "older": True,
        "interface": 4,
        "help elsewhere": False,
        "out of range": "--patience takes a whole number from 1 to 9, not '10'. Default: never.",
        "stray": "--patience is an option of `tinylab` and `tinylab run`, not of `tinylab firmware"
        " FILE`. Remove --patience, or write `tinylab run`.",
        "plan": 2,
        "refused plan": "--patience takes a whole number from 1 to 9, not 0. Default: never.",
        "form": "never",
        "saved": 7,
        "bench": 7,
        "outweighed": 3,
    }
    assert json.loads((copy / "config" / "settings.json").read_text()) == {"patience": 7}
