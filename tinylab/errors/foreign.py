"""Whose mistake an exception is that anybody may raise: `ValueError`, `KeyError` ..."""

from __future__ import annotations


def raised_in(error: BaseException, *packages: str) -> bool:
    """Whether the code that raised `error` is of one of the packages.

    Code of ours that theirs has called is not theirs.
    """
    trace = error.__traceback__
    if trace is None:
        return False
    while trace.tb_next is not None:
        trace = trace.tb_next
    module: str = trace.tb_frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in packages
