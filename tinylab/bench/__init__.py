"""Plans, and the session that carries them out.

To read from the outside in; each folder imports only from those below it:

- `session` carries out a plan: a thread for each station, one stream of events for both front
  ends. `firmware` does the same for an image that was built elsewhere. `doctor` checks what
  measuring needs on this computer.
- `prepare` makes the image: load the model, check that it fits, generate C, build. `measure`
  runs it on the board and collects samples.
- `station` is a probe with its board, opened; it says what a core is doing and why it is silent.
- `plan` holds what all of them speak of: jobs, options, workloads, events.
"""
