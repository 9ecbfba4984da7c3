"""Calls from compiled hooks: into Unicorn's library and back into Python, by address."""

from __future__ import annotations

import ctypes
from typing import Any

import unicorn
from llvmlite import ir
from unicorn.unicorn_py3.unicorn import uclib

from tinylab.sim.cycles.compiled.numba_setup import intrinsic, types

_WORD = ir.IntType(64)

NOTIFY = ctypes.CFUNCTYPE(None)
DECODE = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)
"""C types of the Python functions that hooks call."""


def address_of(function: object) -> int:
    """The address of a C function (of a library, or created from a Python function)."""
    return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


READ_REGISTER = address_of(uclib.uc_reg_read)


def engine_address(uc: unicorn.Uc) -> int:
    """Unicorn's handle, the first argument of its functions."""
    return int(uc._uch.value)


EVERYWHERE = (1, 0)
"""To Unicorn, an empty range means all addresses."""


def add_hook(
    uc: unicorn.Uc, kind: int, hook: Any, state: int, where: tuple[int, int] = EVERYWHERE
) -> int:
    """Add `hook` (a numba cfunc) from the first to the last address of `where`, with `state` as
    user data; returns the handle for `uc.hook_del`."""
    handle = ctypes.c_size_t()
    status = uclib.uc_hook_add(
        uc._uch,
        ctypes.byref(handle),
        ctypes.c_int(kind),
        ctypes.c_void_p(hook.address),
        ctypes.c_void_p(state),
        ctypes.c_uint64(where[0]),
        ctypes.c_uint64(where[1]),
    )
    if status != unicorn.UC_ERR_OK:
        raise unicorn.UcError(status)
    return handle.value


def remove_hook(uc: unicorn.Uc, hook: int) -> None:
    """Remove a hook of `add_hook`; translated code no longer calls it."""
    status = uclib.uc_hook_del(uc._uch, ctypes.c_size_t(hook))
    if status != unicorn.UC_ERR_OK:
        raise unicorn.UcError(status)


@intrinsic
def call_notify(_context: Any, function: Any) -> Any:
    """Call `void function(void)`."""

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), build


@intrinsic
def call_decode(_context: Any, function: Any, address: Any, size: Any) -> Any:
    """Call `void function(int64 address, int64 size)`."""

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_WORD, _WORD])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), build


@intrinsic
def call_read_register(_context: Any, function: Any, engine: Any, register: Any, to: Any) -> Any:
    """Call `uc_reg_read(engine, register, to)`; all are int64, pointers too."""

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number = ir.IntType(32)
        kind = ir.FunctionType(number, [_WORD, number, _WORD])
        function, engine, register, to = arguments
        values = [engine, builder.trunc(register, number), to]
        builder.call(builder.inttoptr(function, kind.as_pointer()), values)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), build


@intrinsic
def call_device_read(_context: Any, function: Any, engine: Any, offset: Any, size: Any) -> Any:
    """Call `uint64 function(engine, uint64 offset, uint32 size, NULL)`."""

    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(_WORD, [pointer, _WORD, number, _WORD])
        function, engine, offset, size = arguments
        values = [engine, offset, size, ir.Constant(_WORD, 0)]
        return builder.call(builder.inttoptr(function, kind.as_pointer()), values)

    return types.uint64(types.int64, types.voidptr, types.uint64, types.uint32), build


@intrinsic
def as_pointer(_context: Any, address: Any) -> Any:
    """An address as a pointer for `carray`."""

    def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return types.voidptr(types.int64), build
