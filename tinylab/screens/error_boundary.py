"""An exception in one part of the interface is reported, and the part continues.

Textual ends the part in which an exception was raised, and then the application.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.message import Message
    from textual.message_pump import MessagePump as Part
else:
    Part = object


class ErrorBoundary(Part):
    """Mixed into screens, panes and the application, before Textual's class."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:  # noqa: BLE001 - every exception becomes a dialog
            app: Any = self.app
            app._handle_exception(error)
