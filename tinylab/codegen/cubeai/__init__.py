"""Networks that ST's tools generated, used as they are: X-CUBE-AI and ST Edge AI Core.

- `folder` reads a generated folder; `files` finds the files in it that matter.
- `interface` reads names and sizes from the C, with `macros`; `report` reads ST's own report.
- `version`: versions of ST's runtime, as headers, reports and file names write them.
"""

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
