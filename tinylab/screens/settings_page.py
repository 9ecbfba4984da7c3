"""Every option with its explanation; what is changed is saved at once."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Footer, Input, Select, Static

from tinylab.errors import TinylabError
from tinylab.options.option import Option, Value
from tinylab.screens.error_boundary import ErrorBoundary
from tinylab.screens.foreign_text import shown
from tinylab.settings import OPTIONS, Settings, save

YES_NO: list[tuple[str, Value]] = [("yes", True), ("no", False)]


class OptionField(ErrorBoundary, Vertical):
    """One option: its title, the control, and its explanation."""

    class Changed(Message):
        """The user gave the option another value, which it allows."""

        def __init__(self, name: str, value: Value) -> None:
            super().__init__()
            self.name = name
            self.value = value

    def __init__(self, option: Option, value: Value) -> None:
        super().__init__(classes="option")
        self._option = option
        self._value = value

    def compose(self) -> ComposeResult:
        option = self._option
        yield Static(Text(option.title, style="bold"))
        if option.kind is bool or option.choices:
            yield self._choice()
        else:
            shown = "" if self._value in (None, "") else str(self._value)
            yield Input(shown, placeholder=option.unset, compact=True, id=option.name)
        yield Static(Text(option.explanation, style="dim"))
        yield Static(classes="option-error")

    def _choice(self) -> Select[Value]:
        option = self._option
        choices = YES_NO if option.kind is bool else [(name, name) for name in option.choices]
        return Select[Value](
            choices,
            prompt=option.unset or "choose",
            allow_blank=option.default is None,
            value=Select.NULL if self._value is None else self._value,
            compact=True,
            id=option.name,
        )

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        value = event.value
        self._give(value if isinstance(value, str | bool) else None)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            self._give(self._option.parse(event.value, self._option.title))
        except TinylabError as error:
            self._complain(error.message)

    def _give(self, value: Value) -> None:
        self._complain("")
        if value != self._value:
            self._value = value
            self.post_message(self.Changed(self._option.name, value))

    def _complain(self, text: str) -> None:
        error = self.query_one(".option-error", Static)
        error.display = bool(text)
        error.update(shown(f"! {text}", "bold red"))


class SettingsPage(ErrorBoundary, Screen[Settings]):
    """A form of all options. Its result are the settings when it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Back")]

    class Saved(Message):
        """The settings have changed, and are saved."""

        def __init__(self, settings: Settings, name: str) -> None:
            super().__init__()
            self.settings = settings
            self.name = name

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    def compose(self) -> ComposeResult:
        yield Static(" tinylab  settings, saved as they are changed", id="title", markup=False)
        with VerticalScroll(id="page"):
            for option in OPTIONS:
                yield OptionField(option, getattr(self.settings, option.name))
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(f"#{OPTIONS[0].name}").focus()

    @on(OptionField.Changed)
    def _changed(self, event: OptionField.Changed) -> None:
        before, self.settings = self.settings, self.settings.with_value(event.name, event.value)
        try:
            save(self.settings, before)
        except TinylabError as error:
            self.notify(str(error), severity="error", markup=False)
        self.app.post_message(self.Saved(self.settings, event.name))

    def action_leave(self) -> None:
        self.dismiss(self.settings)
