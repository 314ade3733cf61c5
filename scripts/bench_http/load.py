"""The load on a server: wrk's requests, and connections that stay open and idle."""

import functools
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from asking import ROWS
from peer import WORK, Trouble
from server import answers, on_core, read_answer, tree

SCRIPT = Path(__file__).with_name("post.lua")
# counts in the kernel, so that it hardly slows the server
PERF = ("perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter")
PROBES = 200


@dataclass(frozen=True)
class Load:
    """Result of one run of wrk. `errors` are connections or requests that failed; none should. Processor time and system calls are
    the server's, for one request.
    """

    requests: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    errors: int
    processor_us: float
    # None where they were not counted
    system_calls: float | None = None


@dataclass(frozen=True)
class Idle:
    """Cost of `count` open connections that have been answered once and then say nothing."""

    count: int
    bytes_before: int
    bytes_with: int
    new_request_before_ms: float
    new_request_with_ms: float


def wrk(server, request, connections, seconds, under=()):
    """`request`, again and again, on so many connections; each sends the next one when it has been answered. `under`: what
    runs wrk.
    """
    content = WORK / "request.bin"
    content.write_bytes(request.content)
    # no more threads than cores, nor than connections
    threads = min(connections, os.cpu_count()) if server.load_core is None else 1
    command = [*under, *on_core(server.load_core), "wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s"]
    command += ["-s", str(SCRIPT)]
    arguments = [str(content), request.content_type, *(request.extra or ())]
    before = server.processor_seconds()
    run = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{request.path}", "--", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    used = server.processor_seconds() - before
    if run.returncode != 0:
        raise Trouble(f"wrk failed on {server.peer.name}: {run.stdout}{run.stderr}")
    found = json.loads(run.stdout.splitlines()[-1])
    requests = found["requests"]
    if requests == 0:
        raise Trouble(f"{server.peer.name} answered nothing at {connections} connections, see {server.log}")
    return Load(
        requests=requests,
        requests_per_s=requests / found["duration_us"] * 1e6,
        p50_ms=found["p50_us"] / 1e3,
        p99_ms=found["p99_us"] / 1e3,
        p999_ms=found["p999_us"] / 1e3,
        errors=sum(found["errors"].values()),
        processor_us=used / requests * 1e6,
    )


def one_row(server, levels, seconds):
    """One row asked for at each number of connections, keyed by the server's way and that number."""
    request, loads = server.one_row.ask(ROWS[:1]), {}
    wrk(server, request, max(levels), 1)  # warm-up
    for connections in levels:
        load = wrk(server, request, connections, seconds)
        calls = system_calls(server, request, connections)
        loads[server.way, connections] = replace(load, system_calls=calls)
    return loads


def system_calls(server, request, connections):
    """System calls for each request, in a run of a second besides; those that open the connections are among them."""
    if not counts_system_calls():
        return None
    counts, pids = WORK / "perf.csv", ",".join(map(str, tree(server.process.pid)))
    load = wrk(server, request, connections, 1, (*PERF, "-o", str(counts), "-p", pids))
    return int(re.search(r"^\d+", counts.read_text(), re.M)[0]) / load.requests


@functools.cache
def counts_system_calls():
    """Whether perf is installed and may count them."""
    return shutil.which("perf") is not None and subprocess.run([*PERF, "true"], capture_output=True).returncode == 0


def hold_idle(server, count):
    """Opens `count` connections, has one request answered on each, and measures while they are silent."""
    raise_descriptor_limit(count + 100)
    bytes_before, new_request_before_ms = server.resident_bytes(), new_request_ms(server)
    request = server.one_row.ask(ROWS[:1]).bytes("keep-alive")
    with ExitStack() as stack:
        held = []
        for _ in range(count):
            held.append(stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10)))
            exchange(server, held[-1], request, server.one_row)
        found = Idle(count, bytes_before, server.resident_bytes(), new_request_before_ms, new_request_ms(server))
        # a connection that was dropped meanwhile costs nothing: it would not be the measure that it claims to be
        for connection in held:
            exchange(server, connection, request, server.one_row)
    return found


def exchange(server, connection, request, form):
    try:
        connection.sendall(request)
        answered = read_answer(connection, form)
    except OSError:
        answered = False
    if not answered:
        raise Trouble(f"{server.peer.name} did not keep an idle connection open and answer on it, see {server.log}")


def new_request_ms(server):
    """Median time of a request on a new connection, in milliseconds."""
    request, times = server.one_row.ask(ROWS[:1]).bytes(), []
    for _ in range(PROBES):
        began = time.perf_counter()
        if not answers(server.port, request, server.one_row):
            raise Trouble(f"{server.peer.name} refused a new connection, see {server.log}")
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def raise_descriptor_limit(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise Trouble(
            f"{wanted} descriptors are needed for the connections, the hard limit is {hard}: see --idle, --connections"
        )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
