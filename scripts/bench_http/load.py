"""The load on a server: wrk's requests, and connections that stay open and idle."""

import json
import os
import resource
import socket
import statistics
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from asking import ROWS
from peer import WORK, Trouble
from server import answers, read_answer

SCRIPT = Path(__file__).with_name("post.lua")
PROBES = 200


@dataclass(frozen=True)
class Load:
    """Result of one run of wrk. `errors` are connections or requests that failed; none should."""

    requests: int
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    p999_ms: float
    errors: int
    processor_s_per_million: float


@dataclass(frozen=True)
class Idle:
    """Cost of `count` open connections that have been answered once and then say nothing."""

    count: int
    bytes_before: int
    bytes_with: int
    new_request_before_ms: float
    new_request_with_ms: float


def wrk(server, request, connections, seconds):
    """`request`, again and again, on so many connections; each sends the next one when it has been answered."""
    content = WORK / "request.bin"
    content.write_bytes(request.content)
    # no more threads than cores, nor than connections
    threads = min(connections, os.cpu_count())
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT)]
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
        processor_s_per_million=used / requests * 1e6,
    )


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
