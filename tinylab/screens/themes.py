"""The colours of the screen. No information is given by colour alone."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="dark",
    primary="#78aaf0",
    secondary="#6ec8cd",
    accent="#e6be5a",
    foreground="#dee2e8",
    background="#14181e",
    surface="#14181e",
    panel="#222833",
    success="#78c88c",
    warning="#e6be5a",
    error="#f06e6e",
    dark=True,
    variables={"footer-key-foreground": "#e6be5a"},
)
LIGHT = Theme(
    name="light",
    primary="#285aaa",
    secondary="#007882",
    accent="#8a4b00",
    foreground="#20242a",
    background="#fafafa",
    surface="#fafafa",
    panel="#e6e8ec",
    success="#1e783c",
    warning="#8a4b00",
    error="#b02028",
    dark=False,
    variables={"footer-key-foreground": "#8a4b00"},
)
CONTRAST = Theme(
    name="contrast",
    primary="#ffffff",
    secondary="#ffffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffff00",
    error="#ff8080",
    dark=True,
    variables={
        "footer-key-foreground": "#ffff00",
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "border": "#ffffff",
        "text-muted": "#ffffff",
        "text-disabled": "#ffffff",
    },
)
ALL = (DARK, LIGHT, CONTRAST)
