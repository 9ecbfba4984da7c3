"""A stand-in of our own for ST's generated code and its library.

ST's library may not be passed on, so tests make folders that look like generated ones to anybody
who only knows the published interface: the same files, macros, functions and layouts, all in our
own words, with tinylab's layers and kernels in the static library where ST has its own.
"""

from tests.fakes.cubeai.folder import StandIn

__all__ = ["StandIn"]
