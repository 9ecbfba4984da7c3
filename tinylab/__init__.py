"""tinylab: a bench for neural networks on Cortex-M microcontrollers, with and without boards.

Each folder and module may import from those below it, never from a neighbour:

- `python_interface` is what this package offers to Python: `tinylab.run`, `load`, `compare`.
- `cli` is the command; `app` with `screens` is the terminal interface. Both start a session of
  `bench` and listen to its events.
- `probe`, `build`, `codegen`, `sim`, `stream`, `export` do the work and do not know each other.
- `zoo` (networks), `boards` (boards and clocks), `results` (records of runs) are what they work on.
- `settings`, `options`, `stats`, `units`, `quantities`, `display_text`, `text_files`,
  `cached_folders`, `child_process` (with `child_leader` and `child_environment`), `atomic_files`,
  `plain_files`, `temporary_folders`, `field_docs`, `liveness`, `paths`, `errors`: what all of them
  stand on.

docs/architecture.md follows one run through all of them.
"""

from importlib import import_module

__version__ = "0.2.0"
__all__ = ["Runs", "__version__", "compare", "load", "run"]


def __getattr__(name: str) -> object:
    """The interface is imported when it is used; `__init__.pyi` has its types."""
    if name not in __all__:
        raise AttributeError(f"module 'tinylab' has no attribute {name!r}")
    return getattr(import_module("tinylab.python_interface"), name)
