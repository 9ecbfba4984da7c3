"""What a plan measures: models, each with its runtime."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinylab.codegen.cubeai import CubeNetwork, read_folder
from tinylab.codegen.st_tool import installation
from tinylab.errors import InputError
from tinylab.options.option import options_of
from tinylab.options.run_flags import Subjects
from tinylab.results.identity import CUBEAI, TINYLAB
from tinylab.zoo import catalog as models
from tinylab.zoo.load import network_name

BOTH = "both"
RUNTIMES = (TINYLAB, CUBEAI)


@dataclass(frozen=True)
class Workload:
    """One network with the runtime that executes it."""

    model: str
    """Catalogue name, or the file or folder as the user wrote it."""
    title: str
    runtime: str = TINYLAB
    generated: CubeNetwork | None = None
    """ST's code of it, for the runtime `cubeai`; None: ST's tool generates it."""
    loads: bool = True
    """Whether `model` is a model that can be loaded; ST's code may come without one."""
    variant: str = ""
    """Which one it is of several networks that ST's tools made from `model`: its C name."""

    @property
    def name(self) -> str:
        """As results name the model: different for each workload of a runtime.

        Bytes of a file's name that are no text are spelled out: results are stored as text.
        """
        model = os.fsencode(self.model).decode("utf-8", "backslashreplace")
        return f"{model} ({self.variant})" if self.variant else model


def parse_runtimes(words: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
    """The runtimes that `--runtime` was given, each once; `both` is both.

    If none is given, folders of ST's code select its runtime. Raises InputError.
    """
    runtime = next(one for one in options_of(Subjects) if one.name == "runtime")
    chosen: list[str] = []
    for word in words or ([CUBEAI] if folders else [TINYLAB]):
        runtime.check(word)
        chosen += RUNTIMES if word == BOTH else [word]
    if folders and CUBEAI not in chosen:
        raise InputError(
            "--cubeai-dir requires --runtime cubeai.",
            remedy="Add --runtime cubeai, or --runtime both to compare both.",
        )
    return tuple(dict.fromkeys(chosen))


def workloads(
    names: Sequence[str], runtimes: Sequence[str], folders: Sequence[str], st_tool: str | None
) -> tuple[Workload, ...]:
    """Every model with every runtime; no names: the catalogue, or all networks in `folders`.

    Without folders ST's tool, `st_tool` or one on this machine, generates from the model. Raises
    UnknownName for a model, InputError for folders that cannot be used or that do not have the
    model, CubeAiError for incomplete generated code, NoTool if there is no tool.
    """
    networks = list(_networks(folders))
    if CUBEAI in runtimes and not networks:
        installation.check(st_tool)
    if networks and CUBEAI in runtimes and not names:
        if TINYLAB in runtimes:
            raise InputError(
                "Measuring both runtimes also requires the model.",
                remedy="Name it with --model: its file, or its name in the catalogue.",
            )
        return tuple(_alone(list(dict(networks).items())))
    chosen = [models.find(name) for name in (names or models.names())]
    generated = [network for _, network in networks]
    return tuple(
        workload
        for model in chosen
        for runtime in runtimes
        for workload in _workloads(model, runtime, generated)
    )


def _networks(folders: Sequence[str]) -> Iterator[tuple[str, CubeNetwork]]:
    """Each network with what it is called: its folder, and where that has several more."""
    for folder in folders:
        found = read_folder(Path(folder)).networks
        for network in found:
            inner = network.folder.relative_to(Path(folder).resolve()) / network.name
            label = folder if len(found) == 1 else str(Path(folder) / inner)
            # Bytes of a name that are no UTF-8 cannot be stored or exported.
            yield os.fsencode(label).decode("utf-8", "backslashreplace"), network


def _alone(networks: Sequence[tuple[str, CubeNetwork]]) -> Iterator[Workload]:
    """The networks without a model. Those made from one model also have their C names in the
    title, or their labels where these are the same.
    """
    titles = [network.surface.origin.replace("_", " ") for _, network in networks]
    named = [
        title if titles.count(title) == 1 else f"{title} ({network.name})"
        for title, (_, network) in zip(titles, networks, strict=True)
    ]
    for title, name, (label, network) in zip(titles, named, networks, strict=True):
        known = name if named.count(name) == 1 else f"{title} ({label})"
        yield Workload(label, known, CUBEAI, network, loads=False)


def _workloads(
    found: models.CatalogModel | Path, runtime: str, networks: Sequence[CubeNetwork]
) -> Iterator[Workload]:
    """One model with one runtime; several if ST's tools made several networks from it."""
    if isinstance(found, models.CatalogModel):
        name, title = found.name, found.title
    else:
        name, title = str(found), network_name(found)
    if runtime != CUBEAI or not networks:
        yield Workload(name, title, runtime)
        return
    generated = _generated({name, title, Path(name).stem}, name, networks)
    for one in generated:
        variant = one.name if len(generated) > 1 else ""
        shown = f"{title} ({variant})" if variant else title
        yield Workload(name, shown, runtime, one, variant=variant)


def _generated(
    names: set[str], model: str, networks: Sequence[CubeNetwork]
) -> Sequence[CubeNetwork]:
    """ST's code of a model: the only one there is, or those that are called like it."""
    if len(networks) == 1:
        return networks
    wanted = {_plain(name) for name in names}
    called = [one for one in networks if wanted & {_plain(one.name), _plain(one.surface.origin)}]
    if called and len({one.name for one in called}) == len(called):
        return called
    there = "; ".join(f"{one.surface.origin} in {one.folder}" for one in called or networks)
    several = f"{len(called)} networks of" if called else "no network of"
    raise InputError(
        f"--cubeai-dir has {several} {model}: {there}.",
        remedy="Name the folder of that one network.",
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
