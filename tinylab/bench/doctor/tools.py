"""What builds images and reads models: compiler, PlatformIO, readers, TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from tinylab.bench.doctor.check import Check, CheckState, DoctorContext
from tinylab.build import platformio_core
from tinylab.build.toolchain import find_compiler
from tinylab.errors import TinylabError

REINSTALL = "Reinstall tinylab in its environment: pip install --force-reinstall tinylab."


def compiler(around: DoctorContext) -> Iterator[Check]:
    """Located as every build locates it."""
    try:
        found = find_compiler(platformio_core.core_folder() / "packages")
    except TinylabError as error:
        yield Check("compiler", CheckState.FAULT, error.message, error.remedy)
    else:
        yield Check("compiler", CheckState.OK, f"{found.version}, {found.path}")


def platformio(around: DoctorContext) -> Iterator[Check]:
    """Its version and that of SCons, which it calls."""
    yield _installed("PlatformIO", ("platformio", "scons"), "No image can be built.")


def model_files(around: DoctorContext) -> Iterator[Check]:
    """What reads .keras, .h5, .tflite and .onnx files."""
    yield _installed("model files", ("h5py", "tflite", "onnx"), "No model can be read.")


def tensorflow(around: DoctorContext) -> Iterator[Check]:
    """Whether Keras is installed; nothing is imported, because that takes seconds."""
    packages = ("tensorflow", "keras")
    missing = [package for package in packages if not _is_installed(package)]
    if missing:
        verb = "are" if len(missing) > 1 else "is"
        reason = (
            f"{' and '.join(missing)} {verb} not installed. Models are read without it; only "
            "`tinylab models FILE --check-with-keras` and training require it."
        )
        yield Check("TensorFlow", CheckState.NOT_NEEDED, reason, 'pip install "tinylab[keras]"')
        return
    shown = ", ".join(f"{one} {version(one)}" for one in packages)
    yield Check("TensorFlow", CheckState.OK, f"{shown}; for --check-with-keras and training only")


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
