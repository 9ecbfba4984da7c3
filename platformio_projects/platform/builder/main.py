"""Compiles and links firmware.elf; PlatformIO runs this inside SCons."""

import sys

from SCons.Script import Default, DefaultEnvironment, Flatten, Progress

env = DefaultEnvironment()
platform = env.PioPlatform()

if platform.compiler_folder:
    env.PrependENVPath("PATH", platform.compiler_folder)

env.Replace(
    AR="arm-none-eabi-ar",
    AS="arm-none-eabi-as",
    CC="arm-none-eabi-gcc",
    CXX="arm-none-eabi-g++",
    RANLIB="arm-none-eabi-ranlib",
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
)

program = env.BuildProgram()
Default(program)

# Prints one line for every file that SCons has processed, compiled or not, so that the caller of
# PlatformIO can show the progress.
awaited = set(Flatten([env["PIOBUILDFILES"], program]))
total = len(awaited)


def report(node):
    if node in awaited:
        awaited.remove(node)
        # One write: compilers run in threads, and print() writes the newline separately.
        sys.stdout.write(f"@progress {total - len(awaited)} {total}\n")
        sys.stdout.flush()


Progress(report)
