"""The pages that are opened from the bench, and the views that some of them share with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from tinylab.screens.foreign_text import shown
from tinylab.screens.page import Page
from tinylab.units import size

if TYPE_CHECKING:
    from tinylab.bench.prepare.model_facts import ModelFacts, Shortage
    from tinylab.export.table import Entry
    from tinylab.results.record import RunDocument

FLOAT_BYTES = 4
REDRAWS_PER_S = 8
LOOKS_PER_S = 2
LayerKeys = ("layer", "kind", "shape", "parameters", "MACC", "bytes", "share of MACC")


class RunPage(Page):
    """Everything about the run behind a cell."""

    def __init__(self, look: Callable[[], Entry]) -> None:
        super().__init__("run")
        self._look = look
        self._drawn: Entry | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(1 / LOOKS_PER_S, self._follow)

    def content(self, width: int) -> RenderableType:
        from tinylab.screens.run_view import run_view

        self._drawn = self._look()
        return run_view(self._drawn)

    def _follow(self) -> None:
        """A running run changes, so the page is updated."""
        if self._look() != self._drawn:
            self.draw()


class ModelPage(Page):
    """A model's layers: shape, parameters, MACC, bytes, share."""

    def __init__(self, facts: ModelFacts, lacking: Shortage | None) -> None:
        super().__init__("model")
        self._facts = facts
        self._lacking = lacking

    def content(self, width: int) -> RenderableType:
        return model_view(self._facts, self._lacking)


class ResultsPage(Page):
    """Both tables with the state of the bench, as they are printed and put into reports."""

    def __init__(self, document: RunDocument) -> None:
        super().__init__("results")
        self.document = document

    def content(self, width: int) -> RenderableType:
        from tinylab.export.text_table import results_view

        return results_view(self.document, width)


class BuildLogPage(Page):
    """What PlatformIO prints, while it prints it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "app.pop_screen", "Back", show=False),
    ]

    def __init__(self, lines: Callable[[], Sequence[str]]) -> None:
        super().__init__("build log")
        self._lines = lines
        self._drawn: tuple[str, ...] = ()

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(1 / REDRAWS_PER_S, self._follow)

    def content(self, width: int) -> RenderableType:
        self._drawn = tuple(self._lines())
        return shown(
            "\n".join(self._drawn) or "No build output yet; a cached image is not built again."
        )

    def _follow(self) -> None:
        """The end of the log remains visible, unless the user has scrolled up."""
        if tuple(self._lines()) == self._drawn:
            return
        page = self.query_one("#page", VerticalScroll)
        at_end = page.scroll_offset.y >= page.max_scroll_y - 1
        self.draw()
        if at_end:
            page.scroll_end(animate=False)


class HelpPage(Page):
    """Every key, with what it does."""

    def __init__(self, groups: Iterable[tuple[str, Sequence[tuple[str, str]]]]) -> None:
        super().__init__("help")
        self._groups = tuple(groups)

    def content(self, width: int) -> RenderableType:
        parts: list[RenderableType] = [Text(ABOUT)]
        for title, keys in self._groups:
            grid = Table.grid(padding=(0, 2))
            grid.add_column(style="bold", justify="right", min_width=12, no_wrap=True)
            grid.add_column(overflow="fold")
            for key, what in keys:
                grid.add_row(Text(key), Text(what))
            parts += [Text(f"\n{title}", style="bold underline"), grid]
        return Group(*parts)


ABOUT = """\
Pick a station, a model and a clock, and press r. Tick several, and press R: every ticked model \
runs on every ticked station at each of its clocks, and fills the two tables.
Boards marked SIM are virtual: their cycle counts are predicted, with the error shown."""


def model_view(facts: ModelFacts, lacking: Shortage | None = None) -> RenderableType:
    """A model's totals, and its layers in execution order."""
    how = facts.default_compression
    packed = "" if how == "none" else f", {size(facts.weight_bytes(how))} with {how} compression"
    activations = facts.need(None).activations
    lines = [
        f"{facts.number_type or 'mixed types'}, input {_shapes(facts.input_shapes)}, output "
        f"{_shapes(facts.output_shapes)}",
        f"{facts.parameters:,} parameters, {facts.macc:,} MACC",
        f"weights {size(facts.weight_bytes('none'))}{packed}; activations {size(activations)}",
        f"SHA-256 {facts.sha256}",
    ]
    if lacking is not None:
        lines.append(
            f"! does not fit the chosen board: {lacking.flash:,} bytes of flash and "
            f"{lacking.ram:,} bytes of RAM are missing"
        )
    head = shown(facts.title, "bold")
    return Group(head, shown("\n".join(lines)), Text(""), _layers(facts))


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    return " and ".join(map(_shape, shapes))


def _layers(facts: ModelFacts) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, name in enumerate(LayerKeys):
        table.add_column(name, justify="left" if index < 3 else "right", overflow="fold")
    for layer in facts.layers:
        share = layer.macc / facts.macc if facts.macc else 0.0
        table.add_row(
            shown(layer.name),
            shown(layer.kind),
            _shape(layer.shape),
            f"{layer.parameters:,}",
            f"{layer.macc:,}",
            f"{FLOAT_BYTES * layer.parameters:,}",
            f"{share:.1%}",
        )
    total = FLOAT_BYTES * facts.parameters
    table.add_row("total", "", "", f"{facts.parameters:,}", f"{facts.macc:,}", f"{total:,}", "")
    return table


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
