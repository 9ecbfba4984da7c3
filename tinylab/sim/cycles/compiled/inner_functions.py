"""Compiles functions that only other compiled functions call, without their own machine code.

Numba optimizes and translates each function together with all functions that it calls, and so the
innermost ones repeatedly. For the functions here, only intermediate code is generated and linked
into their callers; the hook at the top optimizes and translates it all, once. That saves a third
of the time to compile a cycle model.

Numba's compilers and passes may be replaced; `JITCodeLibrary` is private to it.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class _Intermediate(JITCodeLibrary):  # type: ignore[misc]
    """Intermediate code to be linked into other code."""

    def _optimize_final_module(self) -> None:
        """Not optimized here: the caller's optimization includes it."""

    def _finalize_final_module(self) -> None:
        """No machine code."""
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):  # type: ignore[misc]
    """From Numba's intermediate code to LLVM's."""

    _name = "inner_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _Intermediate(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        key: Any = [].append  # callers find the code by its own built-in function
        state.targetctx.insert_user_function(key, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=key)
        return True


class InnerCompiler(CompilerBase):  # type: ignore[misc]
    """Numba's usual way, up to machine code."""

    def define_pipelines(self) -> list[Any]:
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state, "inner")
        manager.passes = [
            (_Lowering, text) if one is NativeLowering else (one, text)
            for one, text in manager.passes
        ]
        manager.finalize()
        return [manager]
