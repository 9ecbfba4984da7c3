"""Layers that compute with floats only, so far.

- `operations` describes them, for `tinylab.zoo.network`; `checks` are those of `validation`.
- `recurrent` and `rows` execute them on the host; arrays are (N, *shape).
"""
