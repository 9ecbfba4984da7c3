"""Comparison of runs: what differs in how they were measured, and in what they cost.

- `figures`: what a comparison needs to know of a run, and no more. `provenance`: how it was made.
- `verdict`: two medians as a ratio with its interval, or `same`.
- `pairing`: which runs of two sessions belong together. `comparison` compares them.
- `changes`: when a figure moved, in many runs.
- `layers`: which layers have changed. `document`: all of it as JSON.
- `baselines`: named ones in a file. `gate`: whether runs have become worse than is allowed.
"""
