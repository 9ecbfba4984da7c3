"""A picture of the screen for a report, in colours for paper or for dark pages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tinylab import atomic_files
from tinylab.errors import OutputError, TinylabError
from tinylab.settings import Settings

if TYPE_CHECKING:
    from textual.app import App


def picture_path(settings: Settings, name: str | None, simulated: bool) -> Path:
    """The file `name`, or a new one; one with figures of virtual boards says so."""
    if name is not None:
        return Path(name).expanduser()
    folder = Path(settings.picture_folder or ".")
    with suppress(RuntimeError):  # an unknown home folder; writing reports it
        folder = folder.expanduser()
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    stem = f"tinylab-{'sim-' if simulated else ''}{stamp}"
    path = folder / f"{stem}.{settings.picture_format}"
    number = 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.{settings.picture_format}"
    return path


def take_picture(app: App[None], path: Path, theme: str, done: Callable[[], None]) -> None:
    """Writes the screen as it is, and says where; `done` is called when that is over.

    The screen takes the picture's colours for a moment; a page of results is drawn whole,
    also what has scrolled out of sight.
    """
    before, app.theme = app.theme, theme

    def finish() -> None:
        try:
            _write(path, _svg(app, theme))
        except TinylabError as error:
            app.notify(str(error), severity="error", markup=False)
        else:
            app.notify(f"{path} is written.", title="Picture", markup=False)
        finally:
            app.theme = before
            done()

    app.call_after_refresh(finish)


def _svg(app: App[None], theme: str) -> str:
    from tinylab.export.screenshot import recorder, render_svg, svg_of
    from tinylab.screens.pages import ResultsPage

    screen = app.screen
    if isinstance(screen, ResultsPage):
        return render_svg(screen.document, theme)
    console = recorder(*app.size)
    console.print(screen._compositor.render_update(full=True))
    return svg_of(console, theme)


def _write(path: Path, svg: str) -> None:
    from tinylab.export.screenshot import png_of

    data = png_of(svg) if path.suffix.lower() == ".png" else svg.encode("utf-8")
    try:
        atomic_files.write(path, data)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name another folder in the options (o).",
        ) from error
