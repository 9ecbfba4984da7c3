"""What is to be measured, and what is said while it is.

- `plan`: jobs (network x station x clock), options, and the text form of stations.
- `workloads`: the networks of a plan, each with the runtime that executes it.
- `stop_rule`: how many inferences a run takes.
- `events`: what a session tells its front ends.
"""
