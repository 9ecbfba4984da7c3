"""Runs an image that was built elsewhere.

- `firmware_plan`: what to do with it, and on which boards. `firmware_events`: what is told.
- `firmware_session`: flash, run, time, report, one thread for each board.
- `live_board`: its serial output, its faults, and what it is doing.
- `call_timing` times a function; `mlperf_runner` speaks MLPerf Tiny's protocol.
"""
