"""Leads the process group of a program that `child_process` runs; its argument is a socket.

A script of its own, without the rest of tinylab, so that it starts in a few milliseconds. It is
told what to run over the socket, because the environment is meant for the program alone, and
answers how the start went in four bytes: 0, or the errno. It ends as the program ends.
"""

from __future__ import annotations

import _thread
import marshal
import os
import signal
import socket
import sys

REQUESTS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""The program may answer these in its own time; until then it is waited for."""
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def main() -> None:
    """Start the program, wait for it, and kill the group if the other end of the socket closes."""
    line = socket.socket(fileno=int(sys.argv[1]))
    line.set_inheritable(False)
    with line.makefile("rb") as file:
        program, environment = marshal.load(file)
    child = _start(line, program, environment)
    _thread.start_new_thread(_kill_all_at_end_of, (line,))
    _end(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _start(line: socket.socket, program: list[str], environment: dict[str, str]) -> int:
    os.environ["PATH"] = environment.get("PATH", os.defpath)
    for request in REQUESTS:
        signal.signal(request, signal.SIG_IGN)
    usual = (*REQUESTS, *IGNORED_BY_PYTHON)
    try:
        child = os.posix_spawnp(program[0], program, environment, setsigdef=usual)
    except OSError as error:
        line.sendall((error.errno or 1).to_bytes(4, "little"))
        os._exit(127)
    line.sendall(bytes(4))
    return child


def _kill_all_at_end_of(line: socket.socket) -> None:
    line.recv(1)
    os.killpg(0, signal.SIGKILL)


def _end(code: int) -> None:
    """With that exit code, or by that signal if it is negative; a core dump is there already."""
    if code < 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
