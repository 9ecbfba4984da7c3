"""How screens and pictures look: fields of the settings page."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.options.option import EXPORT, INTERFACE, RUN, Option, declare

THEMES = ("dark", "light", "contrast")
PICTURE_THEMES = ("light", "dark")


@dataclass(frozen=True)
class Looks:
    """The settings save all of them."""

    theme: str = declare(
        "dark",
        Option(
            "The colours of the screen; contrast is for bright rooms and low vision. NO_COLOR=1 "
            "disables colours.",
            title="Colours",
            choices=THEMES,
        ),
    )
    published: bool = declare(
        False,
        Option(
            "Shows the published study's figures under the measured ones. The key p toggles it.",
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
            "svg can be scaled without loss; png is supported by most programs.",
            title="Picture format",
            choices=("svg", "png"),
        ),
    )
    picture_folder: str = declare(
        "",
        Option(
            "The folder to which the key x writes pictures.",
            title="Folder for pictures",
            unset="where tinylab was started",
        ),
    )
