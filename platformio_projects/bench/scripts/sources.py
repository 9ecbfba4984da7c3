"""Adds the network, its adapter and its kernels to the firmware; PlatformIO runs this in SCons.

`custom_adapter` names the network's interface, a folder in lib/adapters, and `custom_runtime` the
runtime that executes it: tinylab's kernels, or ST's library in network/st. `custom_observer` adds
lib/observer.
"""

import sys
from pathlib import Path

Import("env")  # noqa: F821

project = Path(env.subst("$PROJECT_DIR"))  # noqa: F821
sys.path.insert(0, str(project / "scripts"))

from used_kernels import used_kernels  # noqa: E402

network = project / "network"
library = network / "st"
adapters = project / "lib" / "adapters"
kernels = project / "lib" / "kernels"
adapter = adapters / env.GetProjectOption("custom_adapter")  # noqa: F821
st_runtime = env.GetProjectOption("custom_runtime") == "cubeai"  # noqa: F821

env.Append(  # noqa: F821
    CPPPATH=[str(folder) for folder in (project / "src", adapter, adapters)],
    # Paths in the image must not depend on the location of the cache.
    CCFLAGS=[f"-ffile-prefix-map={project}=."],
    # Substituted here: SCons would not quote it later, and a folder's name may contain a space.
    LINKFLAGS=["-Wl,-Map=" + env.subst("$BUILD_DIR/firmware.map")],  # noqa: F821
)

if st_runtime:
    env.Append(  # noqa: F821
        # CPPPATH is for SCons, which checks it for changed headers; the compiler uses -isystem.
        CPPPATH=[str(network), str(library)],
        CCFLAGS=[*(("-isystem", str(folder)) for folder in (network, library)), "$FOREIGN_FLAGS"],
        LIBS=[env.File(str(path)) for path in sorted(library.glob("*.a"))],  # noqa: F821
    )
else:
    env.Append(CPPPATH=[str(kernels), str(network)])  # noqa: F821
    folders = (network, adapters, adapter, project / "src", project / "lib" / "observer")
    callers = [source for folder in folders for source in folder.glob("*.[ch]")]
    chosen = [f"+<{source.name}>" for source in used_kernels(kernels, callers)]
    env.BuildSources("$BUILD_DIR/kernels", str(kernels), ["-<*>", *chosen])  # noqa: F821

if env.GetProjectOption("custom_observer") == "yes":  # noqa: F821
    folders = ("observer", "st_observer") if st_runtime else ("observer",)
    observers = [project / "lib" / folder for folder in folders]
    env.Append(  # noqa: F821
        CPPDEFINES=["TL_OBSERVED"], CPPPATH=[str(network), *map(str, observers)]
    )
    for folder in observers:
        env.BuildSources(f"$BUILD_DIR/{folder.name}", str(folder))  # noqa: F821

# SCons does not parse .incbin: without the dependency, a new network would keep the old weights.
nodes = env.CollectBuildFiles("$BUILD_DIR/network", str(network))  # noqa: F821
# ST's code is compiled without warnings, as tinylab does not change it.
flags = ["-std=gnu11", "-w"] if st_runtime else []
objects = [env.Object(node, FOREIGN_FLAGS=flags) for node in nodes]  # noqa: F821
env.Depends(objects, sorted(map(str, network.rglob("*.bin"))))  # noqa: F821
env.Append(PIOBUILDFILES=objects)  # noqa: F821

memory_map = [project / "scripts" / "firmware.ld", project / "boards" / "memory.ld"]
env.Depends("$BUILD_DIR/firmware.elf", [str(path) for path in memory_map])  # noqa: F821
