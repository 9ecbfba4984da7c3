"""Debug probes: finding them, talking to the board behind one, flashing it.

Nothing here knows whether a probe is real: all of it is given a `usb` backend.
"""
