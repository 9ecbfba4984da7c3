"""How screens and pictures look: fields of the settings page."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import EXPORT, INTERFACE, RUN, Option, declare

THEMES = ("dark", "light", "contrast")
PICTURE_THEMES = ("light", "dark")


@dataclass(frozen=True)
class Looks:
    """The settings remember all of it."""

    theme: str = declare(
        "dark",
        Option(
            "Of the screen; contrast is for bright rooms and tired eyes. NO_COLOR=1 switches"
            " colours off altogether.",
            title="Colours",
            choices=THEMES,
        ),
    )
    published: bool = declare(
        False,
        Option(
            "Shows the published study's figures under ours, where it has one. The key p does too.",
            title="Published figures",
        ),
    )
    picture_theme: str = declare(
        "light",
        Option(
            "Whether pictures for reports are dark on light or light on dark.",
            title="Pictures",
            commands=(INTERFACE, RUN, EXPORT),
            flag="--screenshot-theme",
            choices=PICTURE_THEMES,
        ),
    )
    picture_format: str = declare(
        "svg",
        Option(
            "svg stays sharp at any size; png goes into every program.",
            title="Picture format",
            choices=("svg", "png"),
        ),
    )
    picture_folder: str = declare(
        "",
        Option(
            "Where the key x puts them; the folder tinylab was started in unless you name one.",
            title="Folder for pictures",
            unset="where tinylab was started",
        ),
    )
