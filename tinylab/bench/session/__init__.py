"""Carries out a plan.

- `session`: starts a thread for each station and yields their events.
- `station_runner`: the stages of one job: load, generate, build, flash, measure.
- `validity`: whether a measurement holds, and what is left of one that was stopped.
- `session_results`: what the events add up to; both front ends read their results there.
"""
