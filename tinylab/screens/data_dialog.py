"""The dialog that gives the networks a person's own samples."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.widgets import Input, Static

from tinylab.display_text import visible
from tinylab.screens.dialogs import FileDialog
from tinylab.screens.messages import DataRead, DataRefused

if TYPE_CHECKING:
    from tinylab.errors import TinylabError
    from tinylab.screens.selection import Selection


class DataDialog(FileDialog):
    """A file of samples, which it reads and gives to the selection; what that did, or None.

    A file that cannot be used, or that no model takes, is refused here, and can be mended.
    """

    KIND = "data"
    ASKS = (
        "Run your own samples: .npz, .npy or .csv (docs/data.md). Type the path and press Enter, or"
        " press Tab and pick it. Enter without a path goes back to held-out samples of the"
        " catalogue's models, and random values for others."
    )

    def __init__(self, selection: Selection) -> None:
        super().__init__()
        self._selection = selection
        self._left = threading.Event()

    def suffixes(self) -> Collection[str]:
        return (".npz", ".npy", ".csv", ".txt", ".tsv")

    def on_unmount(self) -> None:
        self._left.set()

    def taken(self, path: str) -> None:
        if not path:
            self.dismiss(self._selection.take_data(None))
            return
        self._say("reading …")
        self.query_one(Input).disabled = True
        names = [model.name for model in self._selection.models]

        def work() -> None:
            from tinylab.screens import threads

            threads.read_data(path, names, self._left, self._post)

        self.run_worker(work, thread=True, exit_on_error=False)

    def _post(self, message: Message) -> None:
        if not self._left.is_set():
            self.post_message(message)

    @on(DataRead)
    def _read(self, message: DataRead) -> None:
        message.stop()
        refused = message.refusals
        ticked = [model.name for model in self._selection.models if model.ticked]
        if all(model.name in refused for model in self._selection.models):
            self._refuse(refused[next(iter(ticked or refused))])
        else:
            self.dismiss(self._selection.take_data(message.data, refused))

    @on(DataRefused)
    def _refused(self, message: DataRefused) -> None:
        message.stop()
        self._refuse(message.error)

    def _refuse(self, error: TinylabError) -> None:
        self._say(f"✗ {error.message}\n{error.remedy}")
        entry = self.query_one(Input)
        entry.disabled = False
        entry.focus()

    def _say(self, text: str) -> None:
        error = self.query_one(".dialog-error", Static)
        error.display = True
        error.update(visible(text))
