"""A stand-in for ST's generated code and its library.

ST's library may not be redistributed, so tests create folders with the published interface of
generated ones: the same files, macros, functions and layouts, written independently, with
tinylab's layers and kernels in the static library in place of ST's.
"""

from tests.fakes.cubeai.folder import StandIn

__all__ = ["StandIn"]
