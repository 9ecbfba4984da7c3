"""The versions that are tested together are within the ranges that pyproject.toml gives."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RANGES = [
    Requirement(text)
    for text in (*PROJECT["dependencies"], *EXTRAS["keras"], *EXTRAS["dev"])
    if not text.startswith("tinylab")
]


def constraints() -> dict[str, Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    here = [one for one in found if one.marker is None or one.marker.evaluate()]
    return {one.name.lower().replace("_", "-"): one for one in here}


@pytest.mark.parametrize("needed", RANGES, ids=lambda needed: str(needed.name))
def test_each_dependency_is_constrained_to_a_version_in_its_range(needed: Requirement) -> None:
    if needed.marker is not None and not needed.marker.evaluate():
        return
    constrained = constraints()[needed.name.lower().replace("_", "-")]
    [version] = [one.version for one in constrained.specifier if one.operator == "=="]
    assert needed.specifier.contains(version)
