"""Names and messages from elsewhere on the screen: shown, and not obeyed by the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.scripted import Scripted
from tests.screens.stage import Bench, play
from tests.unit.test_display_text import hidden
from tinylab.errors import LinkError
from tinylab.screens.dialogs import FileTree

NAME = "\x1b]0;t\x07[red]\u202e\x9b1m"
SHOWN = r"\x1b]0;t\x07[red]\u202e\x9b1m"


def assert_nothing_hidden(bench: Bench) -> None:
    assert not hidden(bench.text, but="\n")


def test_an_error_is_shown_in_every_place_and_not_obeyed() -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.sees(SHOWN)
        assert_nothing_hidden(bench)
        bench.app.bench.trouble(NAME, error)
        await bench.sees(f"✗ {SHOWN}")
        assert_nothing_hidden(bench)
        await bench.press("escape")
        bench.app.notify(NAME, markup=False)
        await bench.sees(SHOWN)
        assert_nothing_hidden(bench)
        assert bench.app.mistakes == []

    error = LinkError(NAME, remedy=NAME, details=f"{NAME}\n{NAME}")
    play(story, Scripted(failing=dict.fromkeys(range(12), error)), size=(200, 60))


def test_names_of_files_are_shown_and_not_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{NAME}.keras").write_bytes(b"")
    monkeypatch.chdir(tmp_path)

    async def story(bench: Bench) -> None:
        await bench.press("a")
        await bench.until(lambda: bool(bench.app.screen.query(FileTree)))
        await bench.sees(f"{SHOWN}.keras")
        assert_nothing_hidden(bench)
        await bench.press("escape")

    play(story)


def test_what_is_pasted_into_a_field_is_not_obeyed() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("a")
        await bench.until(lambda: bool(bench.app.screen.query("#model-path")))
        bench.app.screen.query_one("#model-path").value = f"<{NAME}\udcff>"  # type: ignore[attr-defined]
        await bench.sees("<", "[red]")
        assert_nothing_hidden(bench)
        await bench.press("escape")

    play(story)
