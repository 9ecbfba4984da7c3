"""Debug probes: enumeration, connection to the attached board, flash programming.

Nothing here depends on whether a probe is real: every function takes a `usb` backend.

- Enumeration: `stlink` (raw USB devices), `usb_sysfs` (what Linux reports without opening a
  device), `discovery`, `watch` (plugging and unplugging), `probe_ports` (a probe's serial port).
- Why a probe cannot be used: `chip` reads the part's registers, `diagnosis` derives the problem
  and the remedy; `udev`, `probe_firmware` (age of an ST-Link's firmware), `packs`.
- One process per probe: `lock`, and `lock_holder`, the note next to the lock file.
- An open probe: `probe_session` (pyOCD's session and the SWD clock), `connection` (core and
  memory), `serial_port`, `board_identity` (checks that it is the requested board).
- Writing: `flash`, `protection`, `option_bytes` with `option_families`; `targets` and
  `flash_algorithms` for parts that pyOCD does not support.
- While code runs: `core_fault` decodes a fault, `call_timer` times calls of a function.
- `error_mapping` is the only module that translates pyOCD's and pyusb's exceptions.
"""
