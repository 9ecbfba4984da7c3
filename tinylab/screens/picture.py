"""A picture of the screen for a report, in colours for paper or for dark pages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tinylab.errors import OutputError, TinylabError
from tinylab.settings import Settings

if TYPE_CHECKING:
    from textual.app import App


def take_picture(app: App[None], settings: Settings, theme: str, name: str | None) -> None:
    """Writes the screen as it is, to `name` or a new file, and says where.

    The screen takes the picture's colours for a moment; a page of results is drawn whole,
    also what has scrolled out of sight.
    """
    path = Path(name).expanduser() if name else _new_file(settings)
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


def _new_file(settings: Settings) -> Path:
    folder = Path(settings.picture_folder or ".").expanduser()
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    return folder / f"tinylab-{stamp}.{settings.picture_format}"


def _write(path: Path, svg: str) -> None:
    from tinylab.export.screenshot import png_of

    data = png_of(svg) if path.suffix.lower() == ".png" else svg.encode("utf-8")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name another folder in the options (o).",
        ) from error
