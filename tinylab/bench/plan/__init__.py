"""What is to be measured, and the events of a session.

- `plan`: jobs (network x station x clock), options, and the text form of stations.
- `workloads`: the networks of a plan, each with the runtime that executes it.
- `stop_rule`: how many inferences a run takes.
- `events`: what a session reports to its front ends.
"""
