"""What the session's thread tells the bench screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from tinylab.screens.live import LiveSession


class SessionBegan(Message):
    """A plan was made, and its session begins."""

    def __init__(self, live: LiveSession) -> None:
        super().__init__()
        self.live = live


class Said(Message):
    """A line for the log; `trouble` sets it apart."""

    def __init__(self, text: str, trouble: bool = False) -> None:
        super().__init__()
        self.text = text
        self.trouble = trouble


class SessionEnded(Message):
    """The session's thread is done, in one way or another."""
