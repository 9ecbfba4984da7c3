#!/bin/sh
# Creates the virtual environment $1, installs tinylab into it, and installs the Arm compiler.
# With `dev` as $2, also installs what the tests require, including the host's C compiler, tmux and
# qemu. Prints each step before it runs. Used by the Makefile.
set -eu
venv=$1
what=.
[ "${2:-}" != dev ] || what='.[dev]'
python=${PYTHON:-python3}
packages=${COMPILER_PACKAGES:-gcc-arm-none-eabi libnewlib-arm-none-eabi}

say() { echo "setup: $*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

debian_install() {
    say "installing Debian packages: $*"
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        say "this requires root, and sudo is not installed. As root, run: apt-get install $*"
        exit 1
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

"$python" - <<'PY' || { say "Python 3.11 or newer is required; set PYTHON=..."; exit 1; }
import sys
sys.exit(sys.version_info < (3, 11))
PY

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if command -v apt-get >/dev/null; then
        debian_install python3-venv
    else
        say "Python's venv module is missing. Install it and run make again."
        exit 1
    fi
fi

if [ ! -x "$venv/bin/python" ]; then
    say "creating the virtual environment $venv"
    "$python" -m venv "$venv"
fi
size="this takes a minute"
[ "$what" = . ] || size="TensorFlow, for comparing with it, is large; this takes minutes"
say "installing Python packages into $venv ($size)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable "$what"

# A compiler without its C library cannot link: check for both.
has_compiler() {
    command -v arm-none-eabi-gcc >/dev/null || [ -n "${TINYLAB_ARM_TOOLCHAIN:-}" ]
}
has_library() {
    [ -n "${TINYLAB_ARM_TOOLCHAIN:-}" ] ||
        case $(arm-none-eabi-gcc -print-file-name=libc_nano.a) in /*) true ;; *) false ;; esac
}
if ! has_compiler || ! has_library; then
    if command -v apt-get >/dev/null; then
        say "the Arm compiler is missing"
        # shellcheck disable=SC2086
        debian_install $packages
    else
        say "the Arm compiler is missing. Install arm-none-eabi-gcc with newlib, or set"
        say "TINYLAB_ARM_TOOLCHAIN to its folder. Virtual and real boards require it."
        exit 1
    fi
fi
if [ "$what" != . ] && ! command -v cc >/dev/null && command -v apt-get >/dev/null; then
    debian_install gcc libc6-dev
fi
if [ "$what" != . ] && ! command -v tmux >/dev/null; then
    if command -v apt-get >/dev/null; then
        debian_install tmux
    else
        say "tmux is missing: tests that require a terminal will be skipped."
    fi
fi
if [ "$what" != . ] && ! command -v qemu-system-arm >/dev/null; then
    if command -v apt-get >/dev/null; then
        debian_install qemu-system-arm
    else
        say "qemu-system-arm is missing: tests that compare with it will fail."
    fi
fi
say "compiling the cycle models of the virtual boards, once (about half a minute)"
"$venv/bin/python" -m tinylab.sim.cycles.precompile ||
    say "that failed; the first run of each virtual board compiles its own."
say "ready"
