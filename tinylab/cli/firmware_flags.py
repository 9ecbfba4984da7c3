"""The flags of one's own firmware."""

from __future__ import annotations

import argparse

from tinylab.cli.flags import number, seconds

ALONE = ("time", "calls", "protocol", "input", "until", "time_limit", "baud", "trace")
"""What says something about one's own firmware only."""


def add_firmware(top: argparse.ArgumentParser) -> None:
    """The group `your own firmware`."""
    group = top.add_argument_group(
        "your own firmware",
        "An image that you built elsewhere; it goes with --headless and --on. Its serial output\n"
        "is shown: on standard output when nothing else is asked for, else on standard error.\n"
        "All seconds are the board's own, simulated ones on a virtual board.",
    )
    group.add_argument("--firmware", metavar="FILE", help="an .elf, .hex or .bin to flash and run")
    group.add_argument(
        "--time",
        metavar="FUNCTION|0xADDRESS",
        help="time calls of this function with breakpoints and the core's cycle counter: from its"
        " first instruction to where it returns, calls and interrupts inside it included",
    )
    group.add_argument(
        "--calls",
        type=number,
        metavar="N",
        help="how many calls to time, behind --warmup ones (default: 10, behind 1)",
    )
    group.add_argument(
        "--protocol",
        metavar="mlperf",
        help="speak MLPerf Tiny's serial protocol to the image, as the official runner does:"
        " five times load and infer, the median counts; --inferences and --warmup go with it"
        " (default: what takes 1 s, behind 1, on a virtual board; 10 s, behind 10, on silicon)",
    )
    group.add_argument(
        "--input", metavar="FILE", help="the bytes that MLPerf's `db load` sends (default: zeros)"
    )
    group.add_argument("--until", metavar="TEXT", help="end when the serial output holds this text")
    group.add_argument(
        "--time-limit",
        type=seconds,
        metavar="S",
        help="give up after so many seconds of the board's time (default: 10; for MLPerf's"
        " `infer` 30)",
    )
    group.add_argument(
        "--baud",
        type=number,
        metavar="N",
        help="rate of a real board's serial port (default: 115200)",
    )
    group.add_argument(
        "--trace",
        action="store_true",
        help="list the registers that the firmware used and that the virtual board has not",
    )
