"""The list of models: the catalogue's and the user's own, and whether they fit the board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tinylab.errors import TinylabError
from tinylab.screens.widgets.pick_list import PickLine, PickList
from tinylab.screens.widgets.stable_text import set_title
from tinylab.units import size

if TYPE_CHECKING:
    from tinylab.bench.prepare.model_facts import Shortage
    from tinylab.screens.selection import Model
    from tinylab.zoo.samples.files import SampleFile

OWN_DATA = "your own data  f"
PARAMETERS_WIDTH = 7


class ModelList(PickList):
    """Models by name, with type and parameters; those that do not fit say what is missing."""

    BORDER_TITLE = f"Models  m · {OWN_DATA}"
    BORDER_SUBTITLE = "type  parameters · a adds · i layers"

    def show_models(
        self,
        models: Iterable[tuple[Model, Shortage | None]],
        compression: str | None,
        data: SampleFile | None,
    ) -> None:
        """Each model with what the chosen board lacks for it; `data` are the user's samples."""
        what = f"data  f  {data.name} ({len(data):,})" if data is not None else OWN_DATA
        set_title(self, f"Models  m · {what}")
        self.show([_line(model, lacking, compression) for model, lacking in models])


def _line(model: Model, lacking: Shortage | None, compression: str | None) -> PickLine:
    facts, name = model.facts, model.title if model.added else model.name
    # Of the catalogue's names: `:int8`.
    ending = "" if model.added else name.removeprefix(name.partition(":")[0])
    if facts is None:
        return PickLine(model.name, name, "reading …", ticked=model.ticked, ending=ending)
    if isinstance(facts, TinylabError):
        return PickLine(
            model.name,
            name,
            "! not usable",
            facts.message,
            facts.remedy,
            ticked=model.ticked,
            trouble=True,
        )
    tail = f"{_type(facts.number_type)}  {facts.parameters:>{PARAMETERS_WIDTH},}"
    if model.refusal is not None:
        return PickLine(
            model.name,
            name,
            tail,
            "! takes other data.",
            model.refusal.message,
            ticked=model.ticked,
            trouble=True,
            ending=ending,
        )
    if lacking is not None:
        missing = _missing(lacking)
        return PickLine(
            model.name, name, tail, missing, ticked=model.ticked, trouble=True, ending=ending
        )
    how = compression or facts.default_compression
    packed = "" if how == "none" else f" as {how}"
    note = f"{facts.macc:,} MACC  {size(facts.weight_bytes(compression))}{packed}"
    return PickLine(model.name, name, tail, note, ticked=model.ticked, ending=ending)


def _type(number_type: str | None) -> str:
    """`float`, `int8`; `mixed` where inputs and outputs differ."""
    return "float" if number_type == "float32" else number_type or "mixed"


def _missing(lacking: Shortage) -> str:
    """`! does not fit: flash 635,304 bytes too small; x4 would fit`."""
    parts = [
        f"{name} {count:,} bytes too small"
        for name, count in (("flash", lacking.flash), ("RAM", lacking.ram))
        if count
    ]
    helps = lacking.compression
    remedy = f"{helps} would fit (o sets it)" if helps else "no compression helps"
    return f"! does not fit: {', '.join(parts)}; {remedy}"
