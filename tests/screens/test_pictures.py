"""The key x: a picture of the screen that needs nothing from a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts import make_pictures
from scripts.plot_kernels import PICTURE
from tests.screens.stage import Bench, play

SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def written(home: Path, suffix: str) -> bytes:
    [picture] = (home / "here").glob(f"tinylab-*.{suffix}")
    return picture.read_bytes()


def save_settings(home: Path, **values: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.json").write_text(json.dumps(values))


def test_every_picture_in_docs_can_be_taken_anew() -> None:
    drawn = {path.stem for path in make_pictures.DOCS.glob("*.svg")} - {PICTURE.stem}
    assert drawn == set(make_pictures.PICTURES)


@pytest.mark.parametrize(("theme", "background"), [("light", "#fafafa"), ("dark", "#14181e")])
def test_x_writes_the_screen_in_the_colours_of_the_report(
    theme: str, background: str, home: Path
) -> None:
    save_settings(home, picture_theme=theme, theme="contrast")

    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("x")
        await bench.until(lambda: "is written." in bench.notices)
        assert bench.app.theme == "contrast"

    play(story)
    svg = written(home, "svg").decode()
    assert f'fill="{background}" width="100%"' in svg
    assert "0.719" in svg
    assert "Stations" in svg
    assert "http" not in svg.replace(SVG_NAMESPACE, "")
    assert "url(" not in svg.replace("url(#", "")
    assert "ffff00" not in svg, "the screen's own colours are not the picture's"


def test_a_png_is_one(home: Path) -> None:
    save_settings(home, picture_format="png")

    async def story(bench: Bench) -> None:
        await bench.press("x")
        await bench.until(lambda: "is written." in bench.notices)

    play(story)
    assert written(home, "png").startswith(b"\x89PNG\r\n")


def test_the_report_is_drawn_whole_also_what_is_out_of_sight(home: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.run_all()
        await bench.press("e")
        assert "toolchain" not in bench.text
        await bench.press("x")
        await bench.until(lambda: "is written." in bench.notices)

    play(story, size=(100, 24), picture=str(home / "report.svg"))
    svg = (home / "report.svg").read_text()
    assert "toolchain" in svg
    assert "published" in svg


def test_a_folder_that_is_not_there_is_told_with_a_remedy(home: Path) -> None:
    save_settings(home, picture_folder=str(home / "nowhere"))

    async def story(bench: Bench) -> None:
        await bench.press("x")
        await bench.until(lambda: "cannot be written: No such file or directory." in bench.notices)
        assert "Name another folder in the options (o)." in bench.notices

    play(story)


def test_pages_and_dialogs_can_be_pictured_too(home: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("question_mark", "x")
        await bench.until(lambda: "is written." in bench.notices)

    play(story)
    assert "Freezes" in written(home, "svg").decode()
