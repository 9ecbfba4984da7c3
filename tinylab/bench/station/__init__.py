"""A probe with its board, real or virtual.

- `station`: opens it for a session, with its lock, its serial port and its SWD clock.
- `virtual_probes`: the virtual boards as a listing of probes shows them.
- `core_watch`: what a core is executing, as text: the fault, or the sampled places.
- `silence_timeout`: the time limits for a board that sends nothing.
- `runtime_error`: errors of a network's runtime, as text.
"""
