"""Executes layers that compute with floats only, so far.

- `recurrent` layers and operations of `rows`; arrays are (N, *shape).
"""
