"""The core's flags, for the compiler and the linker; PlatformIO runs this in SCons.

Here and not in the platform, so that an image is the same under tinylab's platform and under
ststm32. The linker picks its C library by them too, so `build_flags`, which do not reach it,
cannot hold them.
"""

Import("env")  # noqa: F821

board = env.BoardConfig()  # noqa: F821
machine = [
    "-mthumb",
    f"-mcpu={board.get('build.cpu')}",
    f"-mfpu={board.get('build.fpu')}",
    "-mfloat-abi=hard",
]
env.Append(  # noqa: F821
    ASFLAGS=machine,
    CCFLAGS=machine,
    LINKFLAGS=[*machine, "-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections"],
    LIBS=["m"],
)
