# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Measures svcd next to other servers, all answering the same requests with the same model.

One server runs at a time. Every round starts each of them anew and measures its start to first answer, its memory and,
with wrk, its requests/s for one row at each number of connections, then with batches of rows if it takes them. One row is
asked for in two ways: "shared", where server and wrk share all cores, and "pinned", where each has a core of its own and
the server one event loop. The tables show the median of the rounds, the smallest and the largest; ratios are taken within a
round. Two servers that answer a constant show what the machine allows.
"""

import argparse
import os
import shlex
import sys
from pathlib import Path

import ending
import report
from asking import NOTEBOOK, ROWS, V2_BINARY, V2_JSON, batch
from load import hold_idle, one_row, raise_descriptor_limit, wrk
from peer import WORK, Trouble, in_turn
from peers import GROUPS, PEERS, train_model
from server import Server, free_ports

# more starts in every round for servers that start fast: as many as fit
MORE_STARTS_SECONDS = 1.0
MORE_STARTS_MAX = 20


def main():
    options = parse_options()
    command = shlex.join(["scripts/bench_http.sh", *sys.argv[1:]])
    WORK.mkdir(parents=True, exist_ok=True)
    # for the servers and wrk too, which inherit it
    raise_descriptor_limit(max(options.connections) + 100)
    train_model()
    peers = [PEERS[name](options) for name in options.peers]
    print(report.environment(peers, command), flush=True)

    turns, idles = measure(peers, options)
    print(report.full(turns, idles))
    for path, table in ((options.markdown, report.summary), (options.markdown_peers, report.summary_peers)):
        if path:
            path.write_text(table(turns, command))
    failed = sum(load.errors for turn in turns[peers[0]] for load in (*turn.loads.values(), *turn.batches.values()))
    if failed:
        raise Trouble(f"{failed} requests to {peers[0].name} failed")


def measure(peers, options):
    turns, idles, ports, agreed = {peer: [] for peer in peers}, [], free_ports(options.port_base), {}
    for round_number in range(1, options.rounds + 1):
        for peer in in_turn(peers, round_number):
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
        loads = load_one_row(server, options)
        batches = load_batches(server, options)
        loaded_bytes = server.resident_bytes()
        check_labels(server, agreed)
    while len(starts_s) <= MORE_STARTS_MAX and sum(starts_s) + starts_s[0] < MORE_STARTS_SECONDS:
        with Server(peer, next(ports)) as server:
            starts_s.append(server.start_s)
    if options.pinned and peer.one_loop:
        with Server(peer, next(ports), "pinned") as server:
            loads |= load_one_row(server, options)
    return report.Turn(starts_s, idle_bytes, loaded_bytes, loads, batches)


def load_one_row(server, options):
    loads = one_row(server, options.connections, options.seconds)
    for (way, connections), load in loads.items():
        progress(f"  {way}, {connections} connections: {load.requests_per_s:,.0f} requests/s")
    return loads


def load_batches(server, options):
    """Keyed by form and rows. One connection for each core: enough to keep a server busy that computes for so long."""
    batches = {}
    for form in server.peer.forms:
        for count in options.batches if form in (V2_JSON, V2_BINARY) else ():
            batches[form.name, count] = load = wrk(server, form.ask(batch(count)), os.cpu_count(), options.seconds)
            progress(f"  {count} rows as {form.name}: {load.requests_per_s * count:,.0f} rows/s")
    return batches


def check_labels(server, agreed):
    """Holds the server's answers in each form against those of the server that was asked first, kept in `agreed`."""
    if server.peer.constant or server.peer.model != "iris":
        return
    for form in server.peer.forms:
        labels = [label for row in ROWS for label in server.labels(form, [row])]
        first, expected = agreed.setdefault("first", (server.peer.name, labels))
        for row, label, other in zip(ROWS, labels, expected, strict=True):
            if label != other:
                raise Trouble(
                    f"{server.peer.name} answers {label!r} to {row} as {form.name}, {first} answered {other!r}"
                )
        if len(set(labels)) == 1:
            raise Trouble(f"{server.peer.name} gives one answer to everything: {labels[0]!r}")
        if form is not NOTEBOOK:
            check_batch(server, form, agreed)


def check_batch(server, form, agreed):
    rows = batch(100)
    labels = server.labels(form, rows)
    first, expected = agreed.setdefault("batch", (server.peer.name, labels))
    if labels != expected or len(labels) != len(rows):
        raise Trouble(f"{server.peer.name} answers other labels to {len(rows)} rows as {form.name} than {first}")


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_http.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="needs Linux, wrk, uv, cargo (unless --svcd and no peer in Rust), nginx for that peer; the first run\n"
        "needs the network\n"
        f"peers: {', '.join(PEERS)};\n"
        + "".join(f"{name} stands for {', '.join(names)}\n" for name, names in GROUPS.items() if name != "all")
        + "example: scripts/bench_http.sh --peers svcd,actix,axum --connections '64 256' --quick",
    )
    number = positive_number
    parser.add_argument("--rounds", type=number, metavar="N", help="interleaved rounds (default: 5)")
    parser.add_argument("--seconds", type=number, metavar="S", help="of load at each number (default: 3)")
    parser.add_argument("--connections", type=numbers, default="1 16 64", metavar="LIST", help="(default: %(default)s)")
    parser.add_argument("--no-pinned", action="store_false", dest="pinned", help="one row with shared cores only")
    parser.add_argument("--idle", type=int, metavar="N", help="idle connections held open, 0 for none (default: 5000)")
    parser.add_argument(
        "--peers",
        type=peer_names,
        default="replaced",
        metavar="P,P,...",
        help="servers or groups, or all; the others are compared with the first one (default: %(default)s)",
    )
    parser.add_argument(
        "--batches", type=numbers, default="100 10000", metavar="LIST", help="rows, '' for none (default: %(default)s)"
    )
    parser.add_argument("--svcd", type=Path, metavar="FILE", help="binary to measure instead of building one")
    parser.add_argument("--port-base", type=number, default=18200, metavar="PORT", help="first port (default: 18200)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write a summary: what svcd replaces")
    parser.add_argument("--markdown-peers", type=Path, metavar="FILE", help="and another: servers that do the same work")
    parser.add_argument("--quick", action="store_true", help="1 round of 1 second, --idle 500: a trial, not a result")
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
    names = [peer for name in text.split(",") for peer in GROUPS.get(name, (name,))]
    for name in names:
        if name not in PEERS:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join((*PEERS, *GROUPS))}, found {name!r}")
    return list(dict.fromkeys(names))


def progress(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    ending.run(main)
