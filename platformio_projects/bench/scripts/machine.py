"""The core's flags, for the compiler and the linker; PlatformIO runs this in SCons.

They are set here instead of in the platform, so that an image is the same with tinylab's platform
and with ststm32. The linker selects its C library by them as well; `build_flags` are not passed
to the linker, so they cannot be used.
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
    CCFLAGS=[*machine, *env.GetProjectOption("custom_core_flags").split()],  # noqa: F821
    LINKFLAGS=[*machine, "-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections"],
    LIBS=["m"],
)
