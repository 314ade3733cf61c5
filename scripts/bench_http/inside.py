# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Counts what one request for one row costs inside svcd. Unlike times, these counts hardly depend on the load.

instructions: callgrind counts a server with one event loop that answers 1,000 requests on one connection, and one that
              answers 11,000; the difference, divided by 10,000, is one request. "own" includes what the compiler
              inlined, "with calls" also the functions called. The kernel's instructions are not counted.
syscalls:     strace counts a server with default settings while wrk loads it. It slows each system call, so more
              connections are ready at once than without it.
"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
from collections import Counter

import ending
from asking import FEATURES, NOTEBOOK, ROWS, V2_BINARY, V2_JSON
from load import exchange, wrk
from peer import ROOT, WORK, Peer, Trouble, run
from peers import train_model
from report import table
from server import Server, free_ports

REQUESTS_FEW, REQUESTS_MANY = 1_000, 11_000
FORMS = {"notebook": NOTEBOOK, "v2": V2_JSON, "v2-binary": V2_BINARY}
TARGET = ROOT / "target" / "profile"
BINARY = TARGET / "release" / "svcd"


def main():
    options = parse_options()
    WORK.mkdir(parents=True, exist_ok=True)
    train_model()
    # the delivered code with its names; a folder of its own, as these settings would rebuild everything in the other
    names = {"CARGO_PROFILE_RELEASE_STRIP": "none", "CARGO_PROFILE_RELEASE_DEBUG": "line-tables-only"}
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--bin", "svcd", "--target-dir", str(TARGET)]
    run(build, env=os.environ | names)
    ports = free_ports(options.port_base)
    if "instructions" in options.what:
        print_instructions(options, ports)
    if "syscalls" in options.what:
        print_system_calls(options, ports)


def print_instructions(options, ports):
    form = FORMS[options.form]
    few, many = (instructions(form, requests, next(ports)) for requests in (REQUESTS_FEW, REQUESTS_MANY))
    requests = REQUESTS_MANY - REQUESTS_FEW
    own, with_calls = (
        Counter({name: (high[name] - low[name]) / requests for name in high})
        for low, high in zip(few, many, strict=True)
    )
    total = sum(own.values())
    rows = [["own", "share", "with calls", "function"]]
    for name, count in own.most_common(options.top):
        rows.append([f"{count:,.0f}", f"{100 * count / total:.1f} %", f"{with_calls[name]:,.0f}", name])
    print(f"{total:,.0f} instructions a request, as {form.name}, one row, one connection\n")
    print("\n".join(table(rows)), "", sep="\n")


def instructions(form, requests, port):
    """Two tables, own and with calls: function -> instructions of the process, which answered so many and one more."""
    counts = WORK / "callgrind.out"
    command = [tool("valgrind"), "--tool=callgrind", f"--callgrind-out-file={counts}", "--quiet"]
    progress(f"{requests} requests under callgrind")
    with Server(Peer("svcd under callgrind", (*command, *svcd("--workers", "1")), "", ""), port) as server:
        request = form.ask(ROWS[:1]).bytes("keep-alive")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            for _ in range(requests):
                exchange(server, connection, request, form)
    return by_function(counts, "no"), by_function(counts, "yes")


def by_function(counts, inclusive):
    annotate = ["callgrind_annotate", "--auto=no", "--threshold=100", "--show-percs=no", f"--inclusive={inclusive}"]
    told = subprocess.run([*annotate, str(counts)], capture_output=True, text=True, check=True).stdout
    found = Counter()
    # count, source file, function, sometimes the object; one line for each file that a function has code from
    for count, name in re.findall(r"^ *([\d,]+) +[^ :]+:(.*?)(?: \[.*\])?$", told, re.M):
        # the line of the function's own file has all of its calls, the other ones only theirs
        number = int(count.replace(",", ""))
        found[name] = max(found[name], number) if inclusive == "yes" else found[name] + number
    return found


def print_system_calls(options, ports):
    for connections in options.connections:
        calls, requests = system_calls(connections, options.seconds, next(ports))
        rows = [["system call", "a request"]]
        rows += [[name, f"{count / requests:.3f}"] for name, count in calls.most_common() if count / requests >= 0.0005]
        total = sum(calls.values()) / requests
        print(f"{total:.3f} system calls a request, {requests:,} requests on {connections} connections\n")
        print("\n".join(table(rows)), "", sep="\n")


def system_calls(connections, seconds, port):
    """System call -> how often, and the requests that were answered meanwhile. The start of the process is in it."""
    counts = WORK / "strace.txt"
    command = [tool("strace"), "-f", "-c", "-U", "calls,name", "-o", str(counts)]
    progress(f"{connections} connections under strace")
    with Server(Peer("svcd under strace", (*command, *svcd()), "", ""), port) as server:
        load = wrk(server, NOTEBOOK.ask(ROWS[:1]), connections, seconds)
    found = re.findall(r"^ *(\d+) +(\w+)$", counts.read_text(), re.M)
    return Counter({name: int(count) for count, name in found if name != "total"}), load.requests


def svcd(*flags):
    serve = (str(BINARY), "serve", "--model", "model", "--model-name", "iris", "--feature-names", ",".join(FEATURES))
    return (*serve, "--port", "{port}", *flags)


def tool(name):
    found = shutil.which(name)
    if found is None:
        raise Trouble(f"{name} is not installed; apt-get install {name}")
    return found


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/profile_http.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: scripts/profile_http.sh instructions --form v2-binary --top 40",
    )
    both = ("instructions", "syscalls")
    parser.add_argument("what", nargs="*", default=both, metavar="WHAT", help="instructions, syscalls (default: both)")
    parser.add_argument("--form", choices=FORMS, default="notebook", help="of the instructions (default: notebook)")
    parser.add_argument("--top", type=int, default=20, metavar="N", help="functions shown (default: 20)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 64], metavar="N", help="(default: 1 64)")
    parser.add_argument("--seconds", type=int, default=3, metavar="S", help="of load at each number (default: 3)")
    parser.add_argument("--port-base", type=int, default=18600, metavar="PORT", help="first port (default: 18600)")
    options = parser.parse_args()
    if unknown := set(options.what) - set(both):
        parser.error(f"expected some of {', '.join(both)}, found {', '.join(sorted(unknown))}")
    return options


def progress(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    ending.run(main)
