"""Where the parts of a program are: flags that are not saved, as memories differ between boards."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import INTERFACE, RUN, VERIFY, Option, declare


@dataclass(frozen=True)
class Placing:
    """Memories of a board for the parts of a program."""

    place: tuple[str, ...] = declare(
        (),
        Option(
            "Puts weights, activations, scratch or code into a memory of the board: "
            "weights=dtcm,activations=axi. Weights and code are copied from the flash at the "
            "start; may be repeated. `tinylab boards --json` lists the memories, and results show "
            "what was chosen.",
            commands=(INTERFACE, RUN, VERIFY),
            flag="--place",
            metavar="WHAT=MEMORY",
            unset="what suits the board and --optimize",
        ),
    )
