"""Dialogs for questions and errors, on top of any screen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, DirectoryTree, Input, Static

from tinylab.display_text import one_line, visible
from tinylab.screens.error_boundary import ErrorBoundary

if TYPE_CHECKING:
    from rich.text import Text, TextType

    from tinylab.errors import TinylabError


class TroubleDialog(ErrorBoundary, ModalScreen[None]):
    """Errors with their remedies and the output of tools; the text can be copied."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close"),
        Binding("c", "copy", "Copy"),
    ]

    def __init__(self, title: str, errors: Sequence[tuple[str, TinylabError]]) -> None:
        super().__init__()
        self._title = title
        self._errors = tuple(errors)

    @property
    def text(self) -> str:
        """The text of the dialog, as it is copied."""
        return visible("\n\n".join(_text_of(where, error) for where, error in self._errors))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(f"✗ {one_line(self._title)}", classes="dialog-title", markup=False)
            with VerticalScroll(classes="dialog-body"):
                yield Static(self.text, markup=False, id="trouble")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Close  esc", id="close", compact=True)
                yield Button("Copy  c", id="copy", compact=True)

    def on_mount(self) -> None:
        self.query("#close").focus()

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.text)
        self.notify(
            "Copied. If the terminal does not support that, select the text with the mouse."
        )


class ConfirmDialog(ErrorBoundary, ModalScreen[bool]):
    """A question with yes or no; no is the answer that loses nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
    ]

    def __init__(self, question: str, yes: str, no: str) -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="dialog-title", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(f"{self._no}  n", id="no", compact=True)
                yield Button(f"{self._yes}  y", id="yes", compact=True)

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)


class FileTree(DirectoryTree):
    """Folders, and the files whose names end in one of `suffixes`."""

    ICON_NODE, ICON_NODE_EXPANDED, ICON_FILE = "▸ ", "▾ ", "  "

    def __init__(self, suffixes: Collection[str], *, id: str) -> None:
        super().__init__(".", id=id)
        self._suffixes = suffixes

    def process_label(self, label: TextType) -> Text:
        """Names of files, which can hold anything."""
        return super().process_label(one_line(label) if isinstance(label, str) else label)

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        return [
            path
            for path in paths
            if not path.name.startswith(".")
            and (path.is_dir() or path.suffix.lower() in self._suffixes)
        ]


class FileDialog(ErrorBoundary, ModalScreen[str | None]):
    """Asks for a file, typed or picked; `taken` gets its path, or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Cancel")]
    KIND = "model"
    """Begins the names of the parts."""
    ASKS = ""

    def suffixes(self) -> Collection[str]:
        """Of the files that the tree shows."""
        raise NotImplementedError

    def taken(self, path: str) -> None:
        self.dismiss(path or None)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog file-dialog"):
            yield Static(self.ASKS, classes="dialog-title", markup=False)
            yield Input(
                placeholder=f"path of a {self.KIND} file", id=f"{self.KIND}-path", compact=True
            )
            yield Static(classes="dialog-error", markup=False)
            yield FileTree(self.suffixes(), id=f"{self.KIND}-tree")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _looked(self, event: Input.Changed) -> None:
        """A folder that was typed is shown in the tree."""
        with suppress(OSError, RuntimeError, ValueError):  # half-typed names can be anything
            folder = Path(event.value.strip() or ".").expanduser()
            if folder.is_dir():
                self.query_one(FileTree).path = folder

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        self.taken(event.value.strip())

    @on(DirectoryTree.FileSelected)
    def _picked(self, event: DirectoryTree.FileSelected) -> None:
        self.taken(str(event.path))


class AddModelDialog(FileDialog):
    """A model file; its path, or None."""

    ASKS = (
        "Add a model: .keras, .h5, .tflite or .onnx. Type its path and press Enter, or"
        " press Tab and pick it."
    )

    def suffixes(self) -> Collection[str]:
        from tinylab.zoo.signatures import SUFFIXES

        return SUFFIXES


def _text_of(where: str, error: TinylabError) -> str:
    lines = [where, error.message, error.remedy, error.details]
    return "\n".join(line for line in lines if line)
