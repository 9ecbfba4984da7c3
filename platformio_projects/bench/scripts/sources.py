"""Adds the kernels and the generated network to the firmware; PlatformIO runs this in SCons."""

from pathlib import Path

Import("env")  # noqa: F821

project = Path(env.subst("$PROJECT_DIR"))  # noqa: F821
network = project / "network"
kernels = project / "lib" / "kernels"

env.Append(  # noqa: F821
    CPPPATH=[str(project / "src"), str(kernels), str(network)],
    # Paths in the image that do not depend on where the cache is.
    CCFLAGS=[f"-ffile-prefix-map={project}=."],
    # Substituted here: SCons would quote it no more, and a folder's name may hold a space.
    LINKFLAGS=["-Wl,-Map=" + env.subst("$BUILD_DIR/firmware.map")],  # noqa: F821
)
env.BuildSources("$BUILD_DIR/kernels", str(kernels))  # noqa: F821

# SCons does not look into .incbin: without the dependency a new network keeps its old weights.
nodes = env.CollectBuildFiles("$BUILD_DIR/network", str(network))  # noqa: F821
objects = [env.Object(node) for node in nodes]  # noqa: F821
env.Depends(objects, sorted(map(str, network.rglob("*.bin"))))  # noqa: F821
env.Append(PIOBUILDFILES=objects)  # noqa: F821

memory_map = [project / "scripts" / "firmware.ld", project / "boards" / "memory.ld"]
env.Depends("$BUILD_DIR/firmware.elf", [str(path) for path in memory_map])  # noqa: F821
