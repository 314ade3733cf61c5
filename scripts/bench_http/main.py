# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Measures svcd beside the notebook server and FastAPI, all answering the notebook's request with the same model.

One server runs at a time. Every round starts each of them anew and takes its start to first answer, its memory, and
with wrk its requests/s at each number of connections. Shown are the median of the rounds, the smallest and the largest.
"""

import argparse
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import report
from load import hold_idle, wrk
from peers import PEERS, WORK, train_model
from server import ROWS, Server, Trouble, free_ports

# more starts in every round for servers that start fast: as many as fit
MORE_STARTS_SECONDS = 1.0
MORE_STARTS_MAX = 20


def main():
    options = parse_options()
    command = shlex.join(["scripts/bench_http.sh", *sys.argv[1:]])
    WORK.mkdir(parents=True, exist_ok=True)
    train_model()
    peers = [PEERS[name](options) for name in options.peers]
    print(report.environment(peers, command), flush=True)

    turns, idles = measure(peers, options)
    print(report.full(turns, idles))
    if options.markdown:
        options.markdown.write_text(report.summary(turns, command))
    failed = sum(load.errors for turn in turns[peers[0]] for load in turn.loads.values())
    if failed:
        raise Trouble(f"{failed} requests to {peers[0].name} failed")


def measure(peers, options):
    turns, idles, ports, agreed = {peer: [] for peer in peers}, [], free_ports(options.port_base), {}
    for round_number in range(1, options.rounds + 1):
        for peer in peers:
            progress(f"round {round_number} of {options.rounds}: {peer.name}")
            turns[peer].append(take_turn(peer, ports, agreed, options))
        if options.idle:
            progress(f"round {round_number} of {options.rounds}: {options.idle} idle connections to {peers[0].name}")
            with Server(peers[0], next(ports)) as server:
                idles.append(hold_idle(server, options.idle))
    return turns, idles


def take_turn(peer, ports, agreed, options):
    with Server(peer, next(ports)) as server:
        starts_s = [server.start_s]
        check_labels(server, agreed)
        idle_bytes = server.resident_bytes()
        wrk(server, max(options.connections), 1)  # warm-up
        loads = {}
        for connections in options.connections:
            loads[connections] = wrk(server, connections, options.seconds)
            progress(f"  {connections} connections: {loads[connections].requests_per_s:,.0f} requests/s")
        loaded_bytes = server.resident_bytes()
        check_labels(server, agreed)
    while len(starts_s) <= MORE_STARTS_MAX and sum(starts_s) + starts_s[0] < MORE_STARTS_SECONDS:
        with Server(peer, next(ports)) as server:
            starts_s.append(server.start_s)
    return report.Turn(starts_s, idle_bytes, loaded_bytes, loads)


def check_labels(server, agreed):
    """Holds the server's answers against those of the server that was asked first, kept in `agreed`."""
    labels = server.labels()
    first, expected = agreed.setdefault("first", (server.peer.name, labels))
    for row, label, other in zip(ROWS, labels, expected, strict=True):
        if label != other:
            raise Trouble(f"{server.peer.name} answers {label!r} to {row}, {first} answered {other!r}")
    if len(set(labels)) == 1:
        raise Trouble(f"{server.peer.name} gives one answer to everything: {labels[0]!r}")


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_http.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="needs Linux, wrk, uv, and cargo unless --svcd; the first run needs the network\n"
        "example: scripts/bench_http.sh --peers svcd,fastapi --connections '64 256' --markdown bench.md",
    )
    number = positive_number
    parser.add_argument("--rounds", type=number, metavar="N", help="interleaved rounds (default: 5)")
    parser.add_argument("--seconds", type=number, metavar="S", help="of load at each number (default: 3)")
    parser.add_argument("--connections", type=numbers, default="1 16 64", metavar="LIST", help="(default: %(default)s)")
    parser.add_argument("--idle", type=int, metavar="N", help="idle connections held open, 0 for none (default: 5000)")
    parser.add_argument(
        "--peers",
        type=peer_names,
        default=",".join(PEERS),
        metavar="P,P,...",
        help="servers, the others are compared with the first one (default: %(default)s)",
    )
    parser.add_argument("--svcd", type=Path, metavar="FILE", help="binary to measure instead of building one")
    parser.add_argument("--port-base", type=number, default=18200, metavar="PORT", help="first port (default: 18200)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write the summary, for a README")
    parser.add_argument("--quick", action="store_true", help="1 round of 1 second, --idle 500: a trial, no result")
    options = parser.parse_args()
    defaults = (1, 1, 500) if options.quick else (5, 3, 5000)
    for name, value in zip(("rounds", "seconds", "idle"), defaults, strict=True):
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def positive_number(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def numbers(text):
    return [positive_number(word) for word in text.split()]


def peer_names(text):
    names = text.split(",")
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join(PEERS)}, found {name!r}")
    return names


def progress(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # so that the servers are stopped on SIGTERM too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"error: {trouble}")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"error: {shlex.join(map(str, failed.cmd))} ended with {failed.returncode}")
    except KeyboardInterrupt:
        sys.exit(130)
