"""The commands: the purpose of each, and the function that executes it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from tinylab.options import option
from tinylab.options.table import of_command

Function = Callable[[argparse.Namespace], int]


@dataclass(frozen=True)
class Command:
    """A row. Its options are those whose declarations name it."""

    name: str
    summary: str
    function: str
    """`module:function`; imported when the command runs, because some are heavy."""
    details: str = ""
    epilog: str = ""

    @property
    def words(self) -> str:
        """As it is written, with its positional arguments: `tinylab firmware FILE`."""
        places = [one.metavar for one in of_command(self.name).values() if one.required]
        return " ".join(word for word in ("tinylab", self.name, *places) if word)

    @property
    def usage(self) -> str:
        """The same with those that may be left out: `tinylab models [NAME|FILE]`."""
        places = [one for one in of_command(self.name).values() if not one.flag]
        return " ".join([self.words, *(f"[{one.metavar}]" for one in places if not one.required)])

    def run(self, arguments: argparse.Namespace) -> int:
        """Executes it; returns the exit code. Raises TinylabError."""
        module, _, name = self.function.partition(":")
        function: Function = getattr(import_module(f"tinylab.cli.{module}"), name)
        return function(arguments)


EXAMPLES = """\
examples:
  tinylab                                      the terminal interface
  tinylab run                                  the study's plan: three networks, four columns
  tinylab run --model my.tflite --on sim:nucleo_h723zg@100,550 -o result.md
  tinylab run --model house_price:int8 --data houses.csv    your own samples, each on the board
  tinylab run --on nucleo_wb55rg --on nucleo_h723zg --wait 600    boards at the same time
  tinylab run --model my.keras --runtime both --cubeai-dir my_cubemx_project
  tinylab run --model kws.tflite --on nucleo_l4r5zi --protocol mlperf --image kws.hex
  tinylab verify my.tflite --on sim:nucleo_wb55rg    which layer is wrong on the board?
  tinylab firmware my.elf --on sim:nucleo_wb55rg --time run_network
  tinylab bench-core --on nucleo_h723zg        does the cycle model hold on this core?
  tinylab doctor                               check this computer, with remedies
  tinylab models my.keras                      layers, parameters, MACC

`tinylab --headless ...` means the same as `tinylab run ...`, and with `--firmware FILE` the same
as `tinylab firmware FILE ...`.
"""
ABOUT = "tinylab: a bench for neural networks on Cortex-M, with and without boards."
EXIT_CODES = """\
exit codes: 0 ok, 1 regression, 2 bad input, 3 board not available (doctor: a fault was found),
4 does not fit or build failed, 5 flash or link failed, 6 invalid measurement, 70 internal error,
130 interrupted
"""

COMMANDS: tuple[Command, ...] = (
    Command(
        option.INTERFACE,
        "open the terminal interface",
        "interface:interface",
        details=f"{ABOUT}\n\nWithout a command it opens the terminal interface.",
        epilog=f"{EXAMPLES}\n{EXIT_CODES}",
    ),
    Command(
        option.RUN,
        "measure, print the results, and exit",
        "headless:headless",
        details="Measures every model on every board at every clock.",
        epilog=EXIT_CODES,
    ),
    Command(
        option.FIRMWARE,
        "run an image that was built elsewhere, and time it",
        "firmware:firmware",
        details="Its serial output goes to standard output if no results are requested, otherwise\n"
        "to standard error. All times are the board's own; on a virtual board they are simulated.",
        epilog=EXIT_CODES,
    ),
    Command(
        option.VERIFY,
        "compare every layer on a board with the host's",
        "verify:verify",
        details="Runs an image that shows each layer's tensor to the host, which computes that\n"
        "layer of the same numbers: integers must be equal, floats agree within 1e-4 of the\n"
        "tensor's largest element. Names the first layer that departs.",
        epilog="exit code 0 if all layers agree, 6 if one departs; others as of `tinylab run`",
    ),
    Command(
        option.BENCH_CORE,
        "count the cycles of small loops on a core, beside the model's and published ones",
        "bench_core:bench_core",
        details="Each loop shows one rule of the core. A real board is compared with the virtual\n"
        "one of its kind; on a virtual board all cycles are simulated.",
        epilog="exit code 0 also if loops differ; others as of `tinylab run`",
    ),
    Command(
        option.CHOOSE,
        "find the boards, types and clocks that run a model within a deadline",
        "choose:choose",
        details="Simulates every board of the catalogue at the clocks where the cycles change.\n"
        "The first rows meet the deadline at the lowest clock.",
        epilog="exit code 0 if one meets the deadline by more than the simulation's error, else 1",
    ),
    Command(
        option.PROBES,
        "list the probes that are plugged in, and the virtual ones",
        "probes:probes",
    ),
    Command(option.BOARDS, "list the supported boards", "listings:boards"),
    Command(
        option.MODELS, "list the models of the catalogue, or the layers of one", "models:models"
    ),
    Command(
        option.DOCTOR,
        "check this computer for what measuring requires",
        "doctor:doctor",
        epilog="exit code 0 if there is no fault, else 3",
    ),
    Command(
        option.HISTORY,
        "list the stored runs, delete and restore some",
        "stored.history:history",
        details="The latest run is listed first. A stopped run shows how many of its inferences it "
        "measured.",
    ),
    Command(
        option.COMPARE,
        "compare stored runs, files of results or baselines",
        "stored.compare:compared",
        details="First what differs in how they were made and measured, then cycles with the\n"
        "ratio and its interval, the layers that changed, and memory.",
    ),
    Command(option.NOTE, "write a note to a stored run", "stored.history:note"),
    Command(option.TAG, "give stored runs a tag, or list the tags", "stored.history:tag"),
    Command(option.EXPORT, "print or write the results of stored runs", "stored.export:export"),
    Command(
        option.MANIFEST,
        "write the hashes of a folder of results, or check them",
        "stored.manifest:manifested",
        details="Writes SHA256SUMS, which `sha256sum --check` reads too.",
        epilog="exit code 0, or 1 if --check finds a difference",
    ),
    Command(
        option.OPTION_BYTES,
        "show the protection of a board's flash, or remove it",
        "option_bytes:option_bytes",
        details="Nothing is changed without --yes, and protection is never enabled.",
    ),
)
BY_NAME = {command.name: command for command in COMMANDS}
