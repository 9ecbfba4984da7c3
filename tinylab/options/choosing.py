"""What `tinylab choose` searches for."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.measuring import COMPRESSIONS, GOALS
from tinylab.options.option import CHOOSE, Option, declare, required


@dataclass(frozen=True)
class Choosing:
    """A model and a deadline."""

    model: str = required(
        Option(
            "A model of the catalogue, with both of its types, or with one (house_price:int8); or "
            "a file.",
            commands=(CHOOSE,),
            metavar="MODEL",
        )
    )
    deadline: str | None = declare(
        None,
        Option(
            "The time within which an inference must end: 20ms, 500us, 1.5s.",
            commands=(CHOOSE,),
            flag="--deadline",
            metavar="TIME",
            unset="none; it must be given",
        ),
    )
    margin: str = declare(
        "0",
        Option(
            "How much of the deadline must be left: 10%.",
            commands=(CHOOSE,),
            flag="--margin",
            metavar="PERCENT",
        ),
    )
    on: tuple[str, ...] = declare(
        (),
        Option(
            "A board to look at; may be repeated.",
            commands=(CHOOSE,),
            flag="--on",
            metavar="BOARD",
            unset="every board of the catalogue",
        ),
    )
    optimize: str | None = declare(
        None,
        Option(
            "What code is generated for.",
            commands=(CHOOSE,),
            flag="--optimize",
            choices=GOALS,
            unset="all of them, one after another",
        ),
    )
    compression: str | None = declare(
        None,
        Option(
            "Compresses the weights of large dense layers, as in `tinylab run`.",
            commands=(CHOOSE,),
            flag="--compression",
            choices=COMPRESSIONS,
            unset="as the model specifies",
        ),
    )
