"""Statistics of cycle counts.

- `cycles`: those of a whole run. `order`: percentiles, and the interval of the median.
- `counted`: how often each count occurred. `series`: the samples of a run that is measured.
- `rolling`: those of a stream, for the live view. `histogram`: how counts are distributed.
- `spread`: how the time depends on a person's samples. `trends`: whether inferences are alike.

Deterministic code gives the same count every time, so zero spread is the normal case and
everything here stays finite for it. numpy is imported where it is used: records are read,
and the first screen painted, without it.
"""
