"""tinylab as a user has it: in a terminal, by keys, with the virtual boards."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.screens.tmux import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

MODELS = ("predict house price", "human activity recognition", "image classification")
TIME = re.compile(r"([\d.,]+ (?:s|ms|µs)) SIM")
RATE = re.compile(r"([\d.,]+ /s) SIM")
SECONDS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}
LONG = ("--on", "sim:nucleo_wb55rg@48", "--inferences", "1000")
"""The first network is measured in a moment, the last one takes many minutes."""

STYLE = re.compile(r"\x1b\[([\d;]+)m")
FOREIGN = ("TINYLAB_", "NO_COLOR", "TERM")
"""Variables that would change what is seen."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is built once serves all tests of this file."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def open_terminal(tmp_path: Path, cache: Path) -> Callable[..., Terminal]:
    """Opens tinylab for a user who has never used it."""

    def opened(size: tuple[int, int], *arguments: str, **variables: str) -> Terminal:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        own = {
            "HOME": str(tmp_path),
            "TINYLAB_CACHE_DIR": str(cache),
            "TINYLAB_DATA_DIR": str(tmp_path / "data"),
            "TINYLAB_CONFIG_DIR": str(tmp_path / "config"),
        }
        return Terminal(tmp_path, {**kept, **own, **variables}, size, *arguments)

    return opened


def has(*texts: str) -> Callable[[str], bool]:
    return lambda screen: all(text in screen for text in texts)


def ready(screen: str) -> bool:
    """The panes are there, the stations in them, and all models that show are read."""
    read = screen.count(" MACC") >= 2 and "reading" not in screen
    return "sim:nucleo_wb55rg" in screen and read


def figures(text: str, figure: re.Pattern[str]) -> list[list[str]]:
    """The figures of a table, by model."""
    rows = (line for name in MODELS for line in text.splitlines() if name in line)
    return [found for row in rows if (found := figure.findall(row))]


def seconds(time: str) -> float:
    value, unit = time.split()
    return float(value.replace(",", "")) * SECONDS[unit]


def per_second(rate: str) -> float:
    return float(rate.removesuffix(" /s").replace(",", ""))


def assert_loads_nothing(picture: str) -> None:
    ElementTree.fromstring(picture)
    assert picture.count("http") == picture.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert picture.count("url(") == picture.count("url(#")
    for word in ("@import", "@font-face", "<image", "<script", "href"):
        assert word not in picture


def test_the_default_plan_from_the_first_start_to_the_tables_in_the_terminal(
    open_terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    with open_terminal((120, 40)) as terminal:
        screen = terminal.until(ready)
        for pane in ("Stations", "Models", "Clock", "Live", "Time per inference", "press R"):
            assert pane in screen
        terminal.press("R")
        terminal.until(has("✓ 12/12 runs"), seconds=200)
        screen = terminal.until(lambda screen: len(RATE.findall(screen)) == 12)
        times, rates = figures(screen, TIME), figures(screen, RATE)
        assert [len(row) for row in (*times, *rates)] == [4] * 6
        for times_of_model, rates_of_model in zip(times, rates, strict=True):
            for time, rate in zip(times_of_model, rates_of_model, strict=True):
                assert seconds(time) * per_second(rate) == pytest.approx(1, rel=0.01)

        terminal.press("x")
        terminal.until(has("is written."))
        [picture] = tmp_path.glob("*.svg")
        assert_loads_nothing(picture.read_text())

        terminal.press("q")
        assert terminal.ended() == 0
        printed = terminal.history
        assert "Traceback" not in printed
        assert figures(printed, TIME) == times
        assert figures(printed, RATE) == rates


def test_a_small_terminal_has_tabs_and_quitting_in_mid_run_asks(
    open_terminal: Callable[..., Terminal],
) -> None:
    with open_terminal((80, 24), *LONG) as terminal:
        screen = terminal.until(has("[1 Setup]", "Stations", "Models", "Clock"))
        assert "╭─ Live" not in screen
        terminal.press("2")
        assert "Stations  s" not in terminal.until(has("[2 Live]", "Welcome"))
        terminal.press("3")
        terminal.until(has("[3 Results]", "nothing measured yet"))
        terminal.press("1")
        terminal.until(ready)
        terminal.press("r")
        terminal.until(has("[3 Results]", "✓ 1/1 runs"), seconds=200)
        screen = terminal.until(lambda screen: bool(figures(screen, RATE)))
        [[time]], [[rate]] = figures(screen, TIME), figures(screen, RATE)

        terminal.press("R")
        measuring = has("Live  image_classification", "measure ▶")
        terminal.until(lambda screen: measuring(screen) and count(screen) > 0, seconds=200)
        terminal.press("q")
        terminal.until(has("A session is running."))
        terminal.press("n")
        before = count(terminal.until(lambda screen: "A session is running." not in screen))
        terminal.until(lambda screen: count(screen) > before)
        terminal.press("q")
        terminal.until(has("A session is running."))
        terminal.press("y")
        assert terminal.ended() == 0
        printed = terminal.history
        assert "Traceback" not in printed
        assert figures(printed, TIME)[0] == [time]
        assert figures(printed, RATE)[0] == [rate]


def count(screen: str) -> int:
    """How many inferences the title counts."""
    found = re.search(r" n ([\d,]+) ", screen.partition("\n")[0])
    return int(found[1].replace(",", "")) if found else 0


def test_without_colours_the_focused_pane_is_told_by_its_border(
    open_terminal: Callable[..., Terminal],
) -> None:
    with open_terminal((120, 40), NO_COLOR="1", COLORTERM="truecolor") as terminal:
        terminal.until(has("┏━ Stations", "╭─ Models"))
        terminal.press("Tab")
        terminal.until(has("╭─ Stations", "┏━ Models"))
        terminal.until(has("> [x] house_price"))
        codes = {code for found in STYLE.findall(terminal.styled) for code in found.split(";")}
        assert "4" in codes, "what is under the cursor is underlined"
        assert not codes & {str(code) for code in (*range(30, 39), *range(40, 49), *range(90, 108))}
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (300, 100)])
def test_the_smallest_and_the_largest_terminals_start_and_quit(
    open_terminal: Callable[..., Terminal], size: tuple[int, int]
) -> None:
    """Whatever size an environment claims that was made for another terminal."""
    with open_terminal(size, COLUMNS="77", LINES="7") as terminal:
        terminal.until(has("tinylab", "Stations"))
        terminal.until(lambda screen: len(screen.splitlines()) == size[1])
        terminal.press("2", "3", "1", "q")
        assert terminal.ended() == 0
        assert "Traceback" not in terminal.history


def test_the_terminal_may_change_its_size_while_a_session_runs(
    open_terminal: Callable[..., Terminal],
) -> None:
    with open_terminal((120, 40), *LONG) as terminal:
        terminal.until(ready)
        terminal.press("R")
        measuring = has("Live  image_classification", "measure ▶")
        terminal.until(lambda screen: measuring(screen) and count(screen) > 0, seconds=200)
        for size in ((20, 5), (300, 100), (40, 10), (170, 44), (80, 24), (12, 3), (120, 40)):
            before = count(terminal.screen)
            terminal.resize(size)
            terminal.until(drawn(size, before))
        terminal.press("q")
        terminal.until(has("A session is running."))
        terminal.press("y")
        assert terminal.ended() == 0
        assert "Traceback" not in terminal.history


def drawn(size: tuple[int, int], before: int) -> Callable[[str], bool]:
    """Whether the screen is full, and the session has gone on since."""

    def so(screen: str) -> bool:
        assert "Internal error in tinylab" not in screen
        narrow = size[0] < 80  # the title has no room for the count
        return len(screen.splitlines()) == size[1] and (narrow or count(screen) > before)

    return so


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TERM": "dumb"}, "TERM is dumb."),
        ({"PYTHONIOENCODING": "latin-1"}, "the encoding here is iso8859-1."),
        ({"PYTHONIOENCODING": "ascii"}, "the encoding here is ascii."),
    ],
)
def test_a_terminal_that_cannot_show_the_bench_is_told_of_headless(
    variables: dict[str, str], says: str, open_terminal: Callable[..., Terminal]
) -> None:
    with open_terminal((100, 24), **variables) as terminal:
        assert terminal.ended() == 2
        shown = " ".join(terminal.screen.split())
        assert says in shown
        assert "tinylab --headless" in shown


@pytest.mark.parametrize("variables", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}])
def test_in_the_c_locale_python_writes_utf_8(
    variables: dict[str, str], open_terminal: Callable[..., Terminal]
) -> None:
    with open_terminal((100, 24), **variables) as terminal:
        assert "─" in terminal.until(ready)
        terminal.press("q")
        assert terminal.ended() == 0
