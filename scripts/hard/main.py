# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Tries to kill svcd, and prints what happened: a line for each thing it examined, with its bound.

All traffic stays on the loopback. Exit code 1 when a bound is broken.
"""

import argparse
import os
import shlex
import sys
from datetime import date
from pathlib import Path

# what runs and loads a server is shared with the benchmark
sys.path.append(str(Path(__file__).resolve().parents[1] / "bench_http"))

import ending  # noqa: E402
import faults  # noqa: E402
import heavy  # noqa: E402
import many  # noqa: E402
import shares  # noqa: E402
import soak  # noqa: E402
import stops  # noqa: E402
from report import cpu_model  # noqa: E402
from server import free_ports  # noqa: E402
from target import PORT_FIRST, Trouble, binary, image_environment  # noqa: E402

TRIALS = {
    "slow-and-many": many.run,
    "heavy-beside-light": heavy.run,
    "fair-shares": shares.run,
    "faults": faults.run,
    "stops": stops.run,
    "soak": soak.run,
}


def main():
    options = parse_options()
    svcd, ports = binary(options), free_ports(options.port_base)
    os.environ.update(image_environment())
    tables = []
    for name in options.trials:
        print(f"{name} ..", file=sys.stderr, flush=True)
        tables.append(TRIALS[name](options, svcd, ports))
        print(tables[-1].text(), flush=True)
    if options.markdown:
        lines = "".join(table.markdown() for table in tables)
        options.markdown.write_text(f"| what | found | bound |\n| --- | --- | --- |\n{lines}\n{provenance()}\n")
    failed = [table.title for table in tables if table.has_failed()]
    if failed:
        raise Trouble(f"a bound is broken: {'; '.join(failed)}")


def provenance():
    command = shlex.join(["scripts/hard.sh", *sys.argv[1:]])
    return f"{cpu_model()}, {os.cpu_count()} cores shared with the load, {date.today()}, `{command}`."


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/hard.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="needs Linux, uv, wrk, and cargo unless --svcd\n"
        "example: scripts/hard.sh stops soak --seconds 1800 --svcd target/image/svcd",
    )
    number = positive_number
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"{', '.join(TRIALS)} (default: all)")
    parser.add_argument("--wrk-rounds", type=number, default=5, metavar="N", help="with healthy load (default: 5)")
    parser.add_argument("--noisy", action="store_true", help="report ratios of speed, but do not fail on them")
    parser.add_argument("--seconds", type=number, default=60, metavar="S", help="of soak (default: %(default)s)")
    parser.add_argument("--rounds", type=number, default=200, metavar="N", help="of stops (default: %(default)s)")
    parser.add_argument("--stuck", type=number, default=5, metavar="N", help="of these with a stuck client, 8 s each")
    parser.add_argument("--second-signals", type=number, default=5, metavar="N", help="stops with a second signal")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the random moments (default: %(default)s)")
    parser.add_argument("--svcd", type=Path, metavar="FILE", help="binary to try instead of building one")
    parser.add_argument("--port-base", type=number, default=PORT_FIRST, metavar="PORT", help="(default: %(default)s)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the lines for a README")
    options = parser.parse_args()
    options.trials = options.trials or list(TRIALS)
    for name in options.trials:
        if name not in TRIALS:
            parser.error(f"expected some of {', '.join(TRIALS)}, found {name!r}")
    return options


def positive_number(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


if __name__ == "__main__":
    ending.run(main)
