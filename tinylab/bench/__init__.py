"""Plans, and the session that executes them.

Each folder imports only from those below it:

- `choosing` finds the boards that run a model within a deadline.
- `session` executes a plan: one thread per station, one stream of events for both front ends.
  `firmware` does the same for an image that was built elsewhere, `verify` compares a network's
  layers on a board with the host's, `core_loops` a core's cycles with its model's. `doctor` checks
  what measuring requires on this computer.
- `prepare` makes the image: load the model, check that it fits, generate C, build. `measure` runs
  it on the board and collects samples.
- `station` is a probe with its board, opened; it reports what a core is executing and why it is
  silent.
- `plan` has the types that all of them use: jobs, options, workloads, events.
"""
