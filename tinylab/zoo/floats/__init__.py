"""Layers that compute with floats only, so far.

- `operations` describes them, for `tinylab.zoo.network`.
- `recurrent` and `rows` execute them on the host; arrays are (N, *shape).
"""
