"""What a plan measures: models, each with its runtime."""

from __future__ import annotations

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
        return tuple(_alone(label, network) for label, network in networks)
    chosen = [models.find(name) for name in (names or models.names())]
    generated = [network for _, network in networks]
    return tuple(_workload(model, runtime, generated) for model in chosen for runtime in runtimes)


def _networks(folders: Sequence[str]) -> Iterator[tuple[str, CubeNetwork]]:
    """Each network with what it is called: its folder, and where that has several more."""
    for folder in folders:
        found = read_folder(Path(folder)).networks
        for network in found:
            inner = network.folder.relative_to(Path(folder).resolve()) / network.name
            yield (folder if len(found) == 1 else str(Path(folder) / inner)), network


def _alone(label: str, network: CubeNetwork) -> Workload:
    title = network.surface.origin.replace("_", " ")
    return Workload(label, title, CUBEAI, network, loads=False)


def _workload(
    found: models.CatalogModel | Path, runtime: str, networks: Sequence[CubeNetwork]
) -> Workload:
    if isinstance(found, models.CatalogModel):
        name, title = found.name, found.title
    else:
        name, title = str(found), network_name(found)
    generated = None
    if runtime == CUBEAI and networks:
        generated = _generated({name, title, Path(name).stem}, name, networks)
    return Workload(name, title, runtime, generated)


def _generated(names: set[str], model: str, networks: Sequence[CubeNetwork]) -> CubeNetwork:
    """ST's code of a model: the only one there is, or the one that is called like it."""
    if len(networks) == 1:
        return networks[0]
    wanted = {_plain(name) for name in names}
    called = [one for one in networks if wanted & {_plain(one.name), _plain(one.surface.origin)}]
    if len(called) == 1:
        return called[0]
    there = "; ".join(f"{one.surface.origin} in {one.folder}" for one in called or networks)
    several = f"{len(called)} networks of" if called else "no network of"
    raise InputError(
        f"--cubeai-dir has {several} {model}: {there}.",
        remedy="Name the folder of that one network.",
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
