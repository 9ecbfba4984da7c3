"""A probe with its board, real or virtual.

- `station`: opens it for a session, with its lock, its serial port and its SWD clock.
- `virtual_probes`: the virtual boards as a listing of probes shows them.
- `core_watch`: what a core is doing, in words: the fault, or where it was seen.
- `silence_timeout`: when a board that sends nothing is given up.
- `runtime_error`: errors of a network's runtime, in words.
"""
