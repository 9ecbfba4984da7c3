"""PlatformIO builds: from a board and generated C to a firmware image.

- `project` is the whole build: files, build id, PlatformIO, image. `workspace` is its folder,
  `memory_map` the linker regions, `placed_parts` what is copied to RAM,
  `memory_parts` adds up what is in each memory, `core_flags` the compiler
  flags of a core, `image` the result, `image_cache` stores it by build id.
- `platformio_core` creates PlatformIO's core folder without a registry, in a `safe_folder`;
  `platformio_run` runs it.
- `toolchain` finds the Arm compiler; `diagnostics` turns its output into one error.
- `runtime_library` and `core_attributes` select ST's library and check that it can be linked;
  `arm_attributes` reads what objects say of the core that they are for.
- `elf` and `symbols` read an image, `firmware_file` reads one that was built elsewhere;
  `elf_damage` is what a damaged one raises; `image_formats` writes images for other tools.
"""
