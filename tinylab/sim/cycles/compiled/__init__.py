"""The parts shared by compiled code and Python.

- `numba_setup`: Numba with tinylab's cache; the only place that imports it.
- `record_layout`: the record of a model; `address_steps`, `branch`: values in it.
- `native_calls`: calls out of compiled code. `timing_settings`: settings of firmware.
"""
