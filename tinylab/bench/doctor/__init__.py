"""`tinylab doctor`: checks what measuring requires on this computer, with remedies.

- `examination` runs all checks; `check` is what one reports, `document` the JSON.
- One module for each thing that is checked: `tools`, `folders`, `usb`, `probes`, `packs`,
  `st_tools`, `terminal` (with `terminal_facts`).
"""
