"""The pages behind the bench: a run, a model, options, help, history, the report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.screens.stage import Bench, play
from tinylab.errors import CompileError
from tinylab.screens import keys
from tinylab.settings import OPTIONS


def test_enter_on_a_cell_opens_everything_about_that_run() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("t", "right", "enter")
        text = bench.text
        assert "predict house price on sim:nucleo_wb55rg at 64 MHz" in text
        for words in (
            "SIM: a virtual board's prediction",
            "Time per inference",
            "35,886 cycles",
            "1,783 /s",
            "1.08 ms, 1.93 times ours",
            "33.3 KiB of 1.00 MiB, 3%",
            "ART I-cache, D-cache, prefetch",
            "3 wait states",
            "cortex-m4, FPU fpv4-sp-d16",
            "Stages",
            "Provenance",
            "cdcdcdcd",
            "arm-none-eabi-gcc 12.2.1 -O3",
        ):
            assert words in text, words
        await bench.press("escape", "tab", "down", "enter")
        assert "human activity recognition on sim:nucleo_wb55rg" in bench.text

    play(story, size=(120, 70))


def test_the_page_of_a_failed_run_has_what_the_tool_said() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("r")
        await bench.ended()
        await bench.press("escape", "t", "enter")
        assert "✗ It does not compile." in bench.text
        assert "Mend it." in bench.text
        assert "main.c:3: error: no" in bench.text
        assert "exit code 4" in bench.text

    error = CompileError("It does not compile.", remedy="Mend it.", details="main.c:3: error: no")
    play(story, Scripted(failing={0: error}))


def test_i_opens_the_layers_of_a_model() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("m", "down", "i")
        text = bench.text
        assert "12,075 parameters, 24,120 MACC" in text
        assert "input 26 x 3, output 3" in text
        assert re.search(r"Dense +64 +11,328 +11,328 +45,312 +47.0%", text)

    play(story)


def test_a_wide_screen_has_the_inspector_open() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("m", "down")
        assert "12,075 parameters, 24,120 MACC" in bench.text
        await bench.run_all()
        await bench.press("t", "down")
        assert "human activity recognition on sim:nucleo_wb55rg at 48 MHz" in bench.text
        assert "Provenance" in bench.text

    play(story, size=(200, 60))


def test_help_lists_every_key_with_what_it_does() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("question_mark")
        for binding in (*keys.BENCH, *keys.APP):
            assert binding.tooltip in bench.prose("#page")
        await bench.press("question_mark", "escape")
        assert "Stations" in bench.text

    play(story, size=(120, 60))


def test_every_key_of_the_bench_does_something() -> None:
    """A key without its action would be shown, and pressed in vain."""

    async def story(bench: Bench) -> None:
        for binding in keys.BENCH:
            name = binding.action.split("(")[0]
            assert hasattr(bench.app.bench, f"action_{name}"), name
        for binding in keys.APP:
            assert hasattr(bench.app, f"action_{binding.action}"), binding.action

    play(story)


def test_options_are_explained_saved_and_in_force_at_once(home: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("o")
        for option in OPTIONS[:4]:
            assert option.title in bench.text
            assert option.explanation[:40] in bench.text
        await bench.press("tab")
        await bench.type("0")
        assert "! Inferences takes a whole number from 1 to 10,000,000, not '0'." in bench.text
        await bench.press("backspace")
        await bench.type("250")
        await bench.press("escape")
        selection = bench.app.bench.selection
        assert selection is not None
        assert selection.options.inferences == 250

    play(story)
    assert json.loads((home / "config" / "settings.json").read_text())["inferences"] == 250


def test_an_option_chosen_on_the_screen_outweighs_the_command_line() -> None:
    from tinylab.screens.selection import StartRequest

    async def story(bench: Bench) -> None:
        selection = bench.app.bench.selection
        assert selection is not None
        assert selection.options.inferences == 7
        await bench.press("o", "tab")
        await bench.type("9")
        await bench.press("escape")
        assert selection.options.inferences == 9

    play(story, asked=StartRequest(options={"inferences": 7}))


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
def test_themes(theme: str, home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.json").write_text(json.dumps({"theme": theme}))

    async def story(bench: Bench) -> None:
        assert bench.app.theme == theme

    play(story)


def test_the_build_log_says_when_nothing_was_built() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("l")
        assert "No build output yet" in bench.text

    play(story)


def test_history_lists_kept_runs_and_opens_them() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("h")
        assert "image_classification" in bench.line("10.6 ms")
        await bench.press("enter")
        assert "image classification on sim:nucleo_h723zg at 550 MHz" in bench.text
        await bench.press("escape", "escape")
        assert "Stations" in bench.text

    play(story)


def test_the_report_has_tables_and_the_state_of_the_bench() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("e")
        await bench.until(lambda: "No run is complete yet" in bench.notices)
        await bench.run_all()
        await bench.press("e")
        assert "Time per inference" in bench.text
        assert "SIM, expected error ±3 %" in bench.text
        assert "arm-none-eabi-gcc" in bench.text

    play(story, size=(120, 60))


def test_the_command_palette_knows_every_key() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("ctrl+p")
        await bench.type("published")
        await bench.sees("Shows the published study's figures under the measured ones.")
        await bench.press("enter", "enter")
        await bench.until(lambda: bench.app.bench.published)

    play(story)
