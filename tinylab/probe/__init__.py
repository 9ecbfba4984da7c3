"""Debug probes: finding them, talking to the board behind one, flashing it.

Nothing here knows whether a probe is real: all of it is given a `usb` backend.

- Which probes are there: `stlink` (raw USB devices), `usb_sysfs` (what Linux says of one without
  opening it), `discovery`, `watch` (plugging and unplugging), `probe_ports` (its serial port).
- Why one cannot be used: `chip` reads the part's registers, `diagnosis` turns that into a reason
  and a remedy; `udev`, `probe_firmware` (age of an ST-Link's firmware), `packs`.
- One process per probe: `lock`, and `lock_holder`, the note beside it.
- An open probe: `probe_session` (pyOCD's session and SWD clock), `connection` (core and memory),
  `serial_port`, `board_identity` (is it the board that was asked for).
- Writing: `flash`, `protection`, `option_bytes` with `option_families`; `targets` and
  `flash_algorithms` for parts that pyOCD does not bring.
- While code runs: `core_fault` decodes a fault, `call_timer` times calls of a function.
- `error_mapping` is the one place where pyOCD's and pyusb's exceptions become tinylab's.
"""
