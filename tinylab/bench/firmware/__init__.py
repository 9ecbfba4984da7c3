"""Runs an image that was built elsewhere.

- `firmware_plan`: what to do with it, and on which boards. `firmware_events`: its events.
- `firmware_session`: flash, run, time, report, one thread for each board.
- `live_board`: its serial output, its faults, and what it is executing.
- `virtual_remarks`: warnings that only a virtual board can give.
- `call_timing` times a function, with a `cycle_counter`; `call_causes` adds up why cycles passed.
- `mlperf_runner` implements MLPerf Tiny's protocol, and `mlperf_accuracy` judges what an image of
  tinylab's own answers.
- `protocol_session`: builds images of networks that speak a protocol, and runs them.
"""
