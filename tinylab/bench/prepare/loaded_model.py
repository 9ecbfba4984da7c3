"""A model that was read, with what is known of it besides its network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinylab.bench.prepare.prepared_network import sides
from tinylab.codegen.tensor import number_type
from tinylab.zoo import catalog, cost, load
from tinylab.zoo.network import Network


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network with its further properties."""

    name: str
    title: str
    network: Network
    parameters: int
    macc: int
    default_compression: str
    golden: catalog.Golden | None
    metric: str | None
    shipped: catalog.CatalogModel | None = None


def file_of(found: catalog.CatalogModel | Path) -> Path:
    return found if isinstance(found, Path) else found.file


def load_model(found: catalog.CatalogModel | Path, cancelled: Callable[[], bool]) -> Loaded:
    network = load.load(file_of(found), cancelled)
    shipped = None if isinstance(found, Path) else found
    return Loaded(
        name=shipped.name if shipped else str(found),
        title=shipped.title if shipped else network.name,
        network=network,
        parameters=cost.parameters(network),
        macc=cost.macc(network),
        default_compression=shipped.default_compression if shipped else "none",
        golden=catalog.golden(shipped) if shipped else None,
        metric=shipped.metric if shipped else None,
        shipped=shipped,
    )


def type_of(network: Network) -> str | None:
    """The type of numbers that the network takes and gives; None where they differ."""
    return number_type(*sides(network))
