"""Networks that ST's tools generated, taken as they are: X-CUBE-AI and ST Edge AI Core."""

from tinylab.codegen.cubeai.folder import CubeFolder, CubeNetwork, read_folder
from tinylab.codegen.cubeai.interface import Interface, Surface
from tinylab.codegen.cubeai.report import Report
from tinylab.codegen.cubeai.version import Version

__all__ = [
    "CubeFolder",
    "CubeNetwork",
    "Interface",
    "Report",
    "Surface",
    "Version",
    "read_folder",
]
