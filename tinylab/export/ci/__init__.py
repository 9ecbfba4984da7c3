"""Formats that programs of continuous integration read.

- `junit`: JUnit XML. `github`: a job summary. `bencher`: Bencher's metrics.
- `benchmark_action`: what github-action-benchmark takes. `run_names` names the runs in all of them.
"""
