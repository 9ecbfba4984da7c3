"""The parts shared by compiled code and Python.

- `numba_setup`: Numba with tinylab's cache (`numba_cache`); `inner_functions` makes it compile
  faster.
- `record_layout`: the record of a model, `record_types` its types; `address_steps`, `branch`:
  values in it.
- `native_calls`: calls out of compiled code. `timing_settings`: settings of firmware.
"""
