"""Finds the origin of a general exception: `ValueError`, `KeyError` ..."""

from __future__ import annotations


def raised_in(error: BaseException, *packages: str) -> bool:
    """Whether code of one of the packages raised `error`.

    Code of tinylab that a package called does not count.
    """
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    module: str = trace.tb_frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in packages
