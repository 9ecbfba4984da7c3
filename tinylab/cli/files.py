"""Result files: checked before anything is measured, written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab import atomic_files
from tinylab.cli.output import print_document, print_error, print_profile
from tinylab.errors import InputError, OutputError
from tinylab.export.renderers import renderer
from tinylab.options import formats
from tinylab.results.record import RunDocument
from tinylab.units import either


@dataclass(frozen=True)
class ResultFile:
    """A file to be written when the results are there."""

    path: Path
    picture_theme: str | None = None
    kept: str = "The results are stored: `tinylab export last -o FILE` writes them."
    """The remedy if it cannot be written."""

    @property
    def suffix(self) -> str:
        return self.path.suffix.lower()

    def check(self) -> None:
        """Raises OutputError if the file could not be written now; changes nothing."""
        if self.path.is_dir():
            raise OutputError(f"{self.path} is a folder.", remedy="Name a file in it.")
        if not self.path.parent.is_dir():
            raise OutputError(
                f"{self.path} cannot be written: there is no folder {self.path.parent}.",
                remedy=f"mkdir -p {self.path.parent}",
            )
        writable = self.path if self.path.exists() else self.path.parent
        if not os.access(writable, os.W_OK):
            raise OutputError(
                f"{self.path} cannot be written: permission denied.",
                remedy="Name a file in a folder of your own.",
            )
        try:
            atomic_files.check(self.path)
        except OSError as error:
            raise self._refusal(error) from error

    def write(self, document: RunDocument) -> None:
        """Draws and writes the document. Raises OutputError; the old content is kept then."""
        drawn = renderer(self.suffix, self.picture_theme)(document)
        self.save(drawn.encode("utf-8") if isinstance(drawn, str) else drawn)

    def save(self, data: bytes) -> None:
        """Writes `data`. Raises OutputError; the old content is kept then."""
        try:
            atomic_files.write(self.path, data)
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path} cannot be written: {error.strerror}.",
            remedy=self.kept,
        )


def result_files(
    outputs: Sequence[str], screenshot: str | None, picture_theme: str | None
) -> tuple[ResultFile, ...]:
    """The files that -o and --screenshot name, all of them checked.

    Raises InputError for a suffix that names no format, OutputError for what cannot be written.
    """
    files = [_file(name, formats.documents(), "-o") for name in outputs]
    if screenshot is not None:
        files.append(picture_file(screenshot, "--screenshot", picture_theme))
    targets = [file.path.resolve() for file in files]
    for file in files:
        if targets.count(file.path.resolve()) > 1:
            raise InputError(f"{file.path} is named twice.", remedy="Name each file only once.")
        file.check()
    return tuple(files)


def deliver(
    document: RunDocument,
    format_name: str,
    files: Sequence[ResultFile],
    *,
    profile: bool = False,
) -> list[OutputError]:
    """Writes every file that can be written, then prints the results; returns the other files'
    errors. Without a result, files that exist keep their content. `profile`: tables of the layers
    follow the table of results.
    """
    if not document.measured:  # results from before are worth more than none
        for file in files:
            if file.path.exists():
                print(f"tinylab: {file.path} was kept: nothing was measured.", file=sys.stderr)
        files = [file for file in files if not file.path.exists()]
    errors = written(files, lambda file: file.write(document))
    print_document(document, format_name)
    if profile and format_name == "table":
        print_profile(document)
    sys.stdout.flush()
    for error in errors:
        print_error(error)
    return errors


def written(files: Sequence[ResultFile], write: Callable[[ResultFile], None]) -> list[OutputError]:
    """Applies `write` to every file; returns the errors of those that cannot be written."""
    errors = []
    for file in files:
        try:
            write(file)
        except OutputError as error:
            errors.append(error)
    return errors


def picture_file(name: str, flag: str, theme: str | None = None) -> ResultFile:
    """The picture that `flag` names, its suffix checked. Raises InputError."""
    return _file(name, formats.pictures(), flag, theme)


def _file(name: str, suffixes: Sequence[str], flag: str, theme: str | None = None) -> ResultFile:
    file = ResultFile(Path(name).expanduser(), theme)
    if file.suffix not in suffixes:
        raise InputError(
            f"The format of {flag} {name} is unknown.",
            remedy=f"Use a name that ends in {either(suffixes)}.",
        )
    return file
