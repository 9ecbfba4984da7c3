"""The tinylab development platform: uses the installed Arm GCC, else the registry's package."""

import os
import shutil

from platformio.platform.base import PlatformBase

COMPILER = "arm-none-eabi-gcc"
PACKAGE = "toolchain-gccarmnoneeabi"


class TinylabPlatform(PlatformBase):
    """`compiler_folder` is the folder of the installed compiler; None: the registry's package."""

    compiler_folder = None

    def configure_default_packages(self, options, targets):
        chosen = any(PACKAGE in package for package in options.get("platform_packages") or [])
        if not chosen:
            self.compiler_folder = self.find_compiler()
        self.packages[PACKAGE]["optional"] = self.compiler_folder is not None
        return super().configure_default_packages(options, targets)

    @staticmethod
    def find_compiler():
        """TINYLAB_ARM_TOOLCHAIN (a toolchain, or its bin folder) first, then PATH."""
        named = os.environ.get("TINYLAB_ARM_TOOLCHAIN")
        folders = os.pathsep.join([os.path.join(named, "bin"), named]) if named else None
        found = shutil.which(COMPILER, path=folders)
        return os.path.dirname(found) if found else None

    def is_embedded(self):
        return True
