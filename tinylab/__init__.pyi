from tinylab.python_interface import Runs as Runs
from tinylab.python_interface import compare as compare
from tinylab.python_interface import load as load
from tinylab.python_interface import run as run

__version__: str
