"""Executes a plan.

- `session`: starts a thread for each station and yields their events.
- `station_runner`: the stages of one job: load, generate, build, flash, measure.
- `run_storage`: the run in the database, which may fail meanwhile.
- `origin`: what made and measured a run.
- `validity`: whether a measurement is valid, and the results of one that was stopped.
- `session_results`: the results that follow from the events, for both front ends.
"""
