"""PlatformIO builds: from a board and generated C to an image that can be flashed.

- `project` is the whole build: files, build id, PlatformIO, image. `workspace` is its folder,
  `memory_map` the linker script, `image` the result, `image_cache` keeps it by build id.
- `platformio_core` provides PlatformIO's own folder without a registry; `platformio_run` runs it.
- `toolchain` finds the Arm compiler; `diagnostics` turns what it printed into one error.
- `runtime_library` and `core_attributes` choose ST's library and check that it can be linked.
- `elf` and `symbols` read an image; `firmware_file` reads one that was built elsewhere.
"""
