"""Faults of the system and of clients, one after the other. Each time the server must answer or refuse cleanly, must not end or
spin, and must answer again when the fault is over. Those that need a privilege are in `system.py`.
"""

import asyncio
import os
import resource
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress

import system
from client import Client, Unanswered, batch, one_row
from table import Table
from target import ROOT, Target

SPIN_SHARE_MAX = 0.05
SPIN_SECONDS = 1
CLIENTS = 20
STORM_SIGNALS = 2_000
SMALL_BUFFER = 4_096


def run(options, svcd, ports):
    table = Table("faults")
    for fault in (descriptors, signals, short_writes, resets, panics):
        fault(table, svcd, next(ports))
    for name, redirection, arguments in (
        ("standard error closed", "2>&-", ()),
        ("disk of the log full (/dev/full), with an access log", "2>/dev/full", ("--access-log",)),
        ("standard output and error full", ">/dev/full 2>/dev/full", ("--access-log",)),
    ):
        with Target(svcd, next(ports), *arguments, wrapper=("sh", "-c", f'exec "$0" "$@" {redirection}')) as server:
            ask_many(table, name, server)
    table.not_run("no descriptors in the whole system (ENFILE)", "would meet every process here; accept treats it as EMFILE")
    for fault in (system.bare_root, system.late_clock, system.small_memory):
        fault(table, svcd, next(ports))
    table.not_run("a wall clock that jumps", "setting it would meet the whole machine; deadlines read the monotonic clock")
    table.summarize("faults: descriptors, signals, broken connections, panics, no log, bare root, clock, 50 MiB of memory")
    return table


def calm(table, name, server, spins=True):
    """The server runs, does not spin, and answers."""
    time.sleep(0.3)
    if spins:
        share = 100 * server.processor_share(SPIN_SECONDS)
        table.at_most(f"{name}: processor, idle", share, 100 * SPIN_SHARE_MAX, "% of a core")
    table.judge(f"{name}: afterwards", "answers" if server.is_alive() else "silent", "answers", server.is_alive())


def ask_many(table, name, server):
    """Good and bad requests on new connections; then calm."""

    async def ask():
        found = Counter()
        for number in range(10 * CLIENTS):
            with await Client.open(server.port) as client:
                found[(await client.ask(one_row() if number % 2 else b"nonsense\r\n\r\n")).status] += 1
        return dict(found)

    table.exactly(f"{name}: answers", asyncio.run(ask()), {400: 5 * CLIENTS, 200: 5 * CLIENTS})
    calm(table, name, server)


def descriptors(table, svcd, port):
    """accept(2) fails, then poll(2) too: clients wait in the backlog, and are answered when there are descriptors again."""
    for limit in (3, 1):
        name = f"only {limit} descriptors (EMFILE)"
        with Target(svcd, port) as server:
            _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, hard))

            async def ask(server=server, hard=hard, name=name):
                clients = [await Client.open(server.port) for _ in range(CLIENTS)]
                for client in clients:
                    await client.send(one_row())
                share = 100 * await asyncio.to_thread(server.processor_share, SPIN_SECONDS)
                table.at_most(f"{name}: processor meanwhile", share, 100 * SPIN_SHARE_MAX, "% of a core")
                resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
                answers = [await client.answer() for client in clients]
                for client in clients:
                    client.close()
                return [answer.status for answer in answers].count(200)

            table.exactly(f"{name}: clients answered when it is over", asyncio.run(ask()), CLIENTS)
            calm(table, name, server)


def signals(table, svcd, port):
    """Signals interrupt system calls, and stop the process for a moment (EINTR)."""
    name = "storm of SIGWINCH, SIGCONT and SIGSTOP"
    big, rows = batch(400_000)

    async def storm(server, is_over):
        for number in range(STORM_SIGNALS):
            for signal_number in (signal.SIGWINCH, signal.SIGSTOP if number % 10 == 0 else signal.SIGCONT, signal.SIGCONT):
                server.signal(signal_number)
            await asyncio.sleep(0.001)
        is_over.set()

    async def ask(server, is_over, request, found):
        with await Client.open(server.port) as client:
            while not is_over.is_set():
                answer = await client.ask(request)
                found[answer.status] += 1

    async def all_of_it(server):
        is_over, found = asyncio.Event(), Counter()
        asking = [ask(server, is_over, request, found) for request in (one_row(), one_row(), big)]
        await asyncio.gather(storm(server, is_over), *asking)
        return found

    with Target(svcd, port) as server:
        found = asyncio.run(all_of_it(server))
        table.judge(f"{name}: answers", str(dict(found)), "200 alone", set(found) == {200})
        calm(table, name, server)


def short_writes(table, svcd, port):
    """Clients with the smallest of buffers: every answer goes in many pieces."""
    name = "short writes"
    request, rows = batch(2 << 20)

    async def ask(server, receive_bytes):
        with await Client.open(server.port, receive_bytes=receive_bytes) as client:
            return (await client.ask(request)).content

    async def all_of_it(server):
        whole = await ask(server, None)
        pieces = await asyncio.gather(*(ask(server, SMALL_BUFFER) for _ in range(CLIENTS)))
        return len(whole) > 2 * rows and all(piece == whole for piece in pieces)

    with Target(svcd, port) as server:
        is_right = asyncio.run(all_of_it(server))
        table.judge(f"{name}: answers", "all alike" if is_right else "differ", "all alike", is_right)
        calm(table, name, server)


def resets(table, svcd, port):
    """Clients break their connections while an answer is written to them (EPIPE, ECONNRESET)."""
    name = "connections broken under the answer"
    request = batch(1 << 20)[0]

    async def leave(server, number):
        client = await Client.open(server.port, receive_bytes=SMALL_BUFFER)
        await client.send(request)
        with suppress(Unanswered):
            await client.more()
        client.reset() if number % 2 else client.close()

    async def all_of_it(server):
        await asyncio.gather(*(leave(server, number) for number in range(CLIENTS)))

    with Target(svcd, port) as server:
        _, before = server.at_rest()
        asyncio.run(all_of_it(server))
        _, opened = server.settled(0, before)
        table.exactly(f"{name}: descriptors left", opened, 0)
        calm(table, name, server)


def panics(table, svcd, port):
    """The handler of examples/echo.rs panics when it is asked to."""
    name = "handler that panics"
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--example", "echo"], cwd=ROOT, check=True)
    folder = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    echo = os.path.join(folder, "debug", "examples", "echo")

    async def ask(server):
        found = Counter()
        for number in range(10 * CLIENTS):
            with await Client.open(server.port) as client:
                path = "/panic" if number % 2 else "/"
                found[(await client.ask(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode())).status] += 1
        return dict(found)

    with Target(svcd, port, command=(echo, "--port", "{port}"), name="echo") as server:
        threads = server.status("Threads")
        table.exactly(f"{name}: answers", asyncio.run(ask(server)), {200: 5 * CLIENTS, 500: 5 * CLIENTS})
        table.exactly(f"{name}: threads left", server.status("Threads"), threads)
        calm(table, name, server)
