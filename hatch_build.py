"""Puts models and firmware into the wheel; a checkout uses its own folders instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("models", "platformio_projects")


class ShipFolders(BuildHookInterface):
    """Runs before the wheel is made; `tinylab.paths.shipped` is the other end."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for name in SHIPPED:
            folder = Path(self.root, name)
            build_data["force_include"][str(folder)] = f"tinylab/_shipped/{name}"
