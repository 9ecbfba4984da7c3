"""What `tinylab verify` compares."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import VERIFY, Option, declare, required


@dataclass(frozen=True)
class Verifying:
    """One model; other flags are those of a run."""

    model: str = required(
        Option("A model of the catalogue or a file.", commands=(VERIFY,), metavar="MODEL")
    )
    inputs: int | None = declare(
        None,
        Option(
            "The number of inputs to run, from the first on.",
            commands=(VERIFY,),
            flag="--inputs",
            low=1,
            high=1_000_000,
            unset="all of --data, else 4",
        ),
    )
