"""Pictures: their two themes, and what is drawn in them."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from tests.fakes.records import session
from tinylab.export.screenshot import THEMES, png_of, recorder, render_png, render_svg, svg_of
from tinylab.options.looks import PICTURE_THEMES


def picture(text: str, theme: str = "light") -> str:
    console = recorder(40)
    console.print(text)
    return svg_of(console, theme)


def corner(png: bytes) -> tuple[int, ...]:
    """Red, green and blue of the first pixel; in a first row, filters change only others."""
    assert png[24:26] == b"\x08\x06", "eight bits, with alpha"
    data = b"".join(
        png[
            match.end() : match.end()
            + struct.unpack(">I", png[match.start() - 4 : match.start()])[0]
        ]
        for match in re.finditer(b"IDAT", png)
    )
    return tuple(zlib.decompressobj().decompress(data)[1:4])


def test_the_themes_that_can_be_asked_for_are_those_that_can_be_drawn() -> None:
    assert set(PICTURE_THEMES) == set(THEMES)


def test_one_theme_is_dark_on_light_and_the_other_light_on_dark() -> None:
    assert min(corner(render_png(session(), "light"))) > 200
    assert max(corner(render_png(session(), "dark"))) < 60


def test_both_themes_say_the_same() -> None:
    light, dark = (re.findall(r">([^<>]+)</text>", render_svg(session(), name)) for name in THEMES)
    assert light == dark
    assert any("0.719" in text for text in light)


@pytest.mark.parametrize("theme", PICTURE_THEMES)
def test_no_theme_loads_anything_from_a_network(theme: str) -> None:
    text = render_svg(session(), theme).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\((?!#)|@import|@font-face|href|src=", text)


@pytest.mark.parametrize("theme", PICTURE_THEMES)
def test_plots_are_drawn_in_pixels_too(theme: str) -> None:
    """Dots of other patterns give another picture: no box stands for what a font lacks."""
    empty, low, high = (png_of(picture(text * 20, theme)) for text in (" ", "⣀", "⠉"))
    assert len({empty, low, high}) == 3


def test_colours_of_the_screen_are_in_the_picture() -> None:
    assert "#123456" in picture("[#123456]red alert[/]")


def test_the_picture_is_the_same_wherever_it_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    before = render_svg(session())
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "30")):
        monkeypatch.setenv(name, value)
    assert render_svg(session()) == before
