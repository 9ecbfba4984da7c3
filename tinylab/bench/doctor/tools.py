"""What builds images and reads models: compiler, PlatformIO, TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.build import platformio_core
from tinylab.build.toolchain import find_compiler
from tinylab.errors import TinylabError

REINSTALL = "Install tinylab again into its environment: pip install --force-reinstall tinylab."


def compiler(around: DoctorContext) -> Iterator[Check]:
    """Found as every build finds it."""
    try:
        found = find_compiler(platformio_core.core_folder() / "packages")
    except TinylabError as error:
        yield Check("compiler", CheckState.FAULT, error.message, error.remedy)
    else:
        yield Check("compiler", CheckState.OK, f"{found.version}, {found.path}")


def platformio(around: DoctorContext) -> Iterator[Check]:
    """Its version and that of SCons, which it calls."""
    yield _installed("PlatformIO", ("platformio", "scons"), "No image can be built.")


def tensorflow(around: DoctorContext) -> Iterator[Check]:
    """Whether it is installed; it is not imported, which takes seconds."""
    yield _installed("TensorFlow", ("tensorflow", "keras"), "No model can be read.")


def _installed(name: str, packages: tuple[str, ...], without: str) -> Check:
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        reason = f"{' and '.join(missing)} is not installed. {without}"
        return Check(name, CheckState.FAULT, reason, REINSTALL)
    return Check(name, CheckState.OK, ", ".join(f"{one} {version(one)}" for one in packages))


def _is_installed(package: str) -> bool:
    """In the list of packages, and with a module to import."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    module = {"scons": "SCons"}.get(package, package)
    return find_spec(module) is not None
