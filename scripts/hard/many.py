"""Ten thousand idle clients and two hundred slow ones, with healthy ones alongside.

The healthy load alternates between two servers of the same kind, an empty one and the crowded one; the slow clients rest
while the empty one is measured.
"""

import asyncio
import contextlib
import statistics

from client import Client, Unanswered, batch, one_row
from load import raise_descriptor_limit, wrk
from table import Table
from target import REQUEST, Target

IDLE = 10_000
EACH_SLOW = 50
# ports of one address would be short: the kernel has 28,000, and those of ended connections rest for a minute
SOURCES = [f"127.0.0.{number}" for number in range(2, 8)]
OPENING_AT_ONCE = 200
LIMITS = ("--connections-max", "12000", "--idle-timeout", "600s")
LOAD_CONNECTIONS, LOAD_SECONDS = 32, 2
KEPT_PART_MIN = 0.9
RESIDENT_KIB_MAX = 40 << 10
# What 10,000 connections leave: small pieces of the heap that lie between others, in each thread; and large requests leave the heaps of
# the threads that they were computed on, in turns.
RESIDENT_GROWTH_KIB_MAX = 8 << 10
SMALL_BUFFER = 4_096
CAP, NEWCOMERS = 100, 30


class Crowd:
    """The clients of the crowded server."""

    def __init__(self, port):
        self.port, self.idle, self.tasks = port, [], []
        self.acts, self.ended = asyncio.Event(), 0
        self.big = batch(200_000)[0]

    async def gather(self):
        for start in range(0, IDLE, OPENING_AT_ONCE):
            numbers = range(start, start + OPENING_AT_ONCE)
            self.idle += await asyncio.gather(*(self.open_idle(number) for number in numbers))
        kinds = (self.slow_head, self.slow_body, self.slow_reader, self.leaver)
        self.tasks = [asyncio.create_task(self.again(kind)) for kind in kinds for _ in range(EACH_SLOW)]

    async def open_idle(self, number):
        client = await Client.open(self.port, source=SOURCES[number % len(SOURCES)])
        answer = await client.ask(one_row())
        assert answer.status == 200, answer
        return client

    async def again(self, kind):
        while True:
            with contextlib.suppress(OSError, Unanswered, TimeoutError):
                await kind()
            self.ended += 1

    async def pause(self):
        """A second of the time in which the crowd acts."""
        await self.acts.wait()
        await asyncio.sleep(1)

    async def slow_head(self):
        await self.drip(b"POST / HTTP/1.1\r\nHost: h\r\nX: ")

    async def slow_body(self):
        await self.drip(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000\r\n\r\n")

    async def drip(self, begin):
        with await Client.open(self.port) as client:
            await client.send(begin)
            while True:
                await client.send(b"1")
                await self.pause()

    async def slow_reader(self):
        """Asks for more than the kernel keeps, and takes a little of it each second."""
        with await Client.open(self.port, receive_bytes=SMALL_BUFFER) as client:
            await client.send(self.big * 20)
            while True:
                await self.pause()
                await asyncio.get_running_loop().sock_recv(client.socket, 256)

    async def leaver(self):
        """Ends its side inside a request, then comes again and breaks the connection."""
        with await Client.open(self.port) as client:
            await client.send(one_row()[:50])
            client.half_close()
            await client.answer()
        await self.pause()
        client = await Client.open(self.port)
        await client.send(one_row()[:50])
        await self.pause()
        client.reset()

    async def leave(self):
        """Everybody goes; says how many of the idle connections were still there and answered."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        kept = 0
        for client in self.idle:
            with client, contextlib.suppress(Unanswered):
                kept += (await client.ask(one_row())).status == 200
        return kept


def run(options, svcd, ports):
    raise_descriptor_limit(IDLE + 4 * EACH_SLOW + 500)
    rounds = options.wrk_rounds
    table = Table(f"slow-and-many: {IDLE:,} idle and {4 * EACH_SLOW} slow clients, {rounds} rounds of wrk")
    with Target(svcd, next(ports), name="empty") as empty, Target(svcd, next(ports), *LIMITS, name="crowd") as crowded:
        for server in (empty, crowded):
            wrk(server, REQUEST, LOAD_CONNECTIONS, 1)  # warm-up: buffers and the heap find their size
        asyncio.run(measure(table, empty, crowded, rounds, options.noisy))
    asyncio.run(shed(table, svcd, next(ports)))
    return table


async def measure(table, empty, crowded, rounds, is_noisy):
    resident, descriptors = await asyncio.to_thread(crowded.at_rest)
    crowd = Crowd(crowded.port)
    await crowd.gather()
    pairs, highest, errors = [], 0, 0
    for _ in range(rounds):
        crowd.acts.clear()
        alone = await asyncio.to_thread(wrk, empty, REQUEST, LOAD_CONNECTIONS, LOAD_SECONDS)
        crowd.acts.set()
        beside = await asyncio.to_thread(wrk, crowded, REQUEST, LOAD_CONNECTIONS, LOAD_SECONDS)
        pairs.append((alone.requests_per_s, beside.requests_per_s))
        errors += alone.errors + beside.errors
        highest = max(highest, crowded.resident_kib())
    held = crowded.descriptors() - descriptors
    kept = await crowd.leave()

    alone, beside = (statistics.median(values) for values in zip(*pairs, strict=True))
    table.tell("requests/s of healthy clients alone", f"{alone:,.0f}")
    table.tell("the same beside the crowd", f"{beside:,.0f}")
    part = statistics.median(beside / alone for alone, beside in pairs)
    table.at_least("part that is kept (median of the rounds)", part, KEPT_PART_MIN, told=is_noisy)
    table.headline(f"throughput kept beside {IDLE:,} idle and {4 * EACH_SLOW} slow clients")
    table.exactly("failed requests of healthy clients", errors, 0)
    table.at_least("connections of the crowd at the end", held, IDLE + 2 * EACH_SLOW)
    table.exactly("idle connections that still answered", kept, IDLE)
    table.tell("slow clients that were sent away or left, and came again", f"{crowd.ended:,}")
    table.at_most("resident memory, highest", highest, RESIDENT_KIB_MAX, "KiB")
    table.headline("memory meanwhile")
    grown, opened = await asyncio.to_thread(crowded.settled, resident, descriptors)
    table.exactly("descriptors more than before, when all have gone", opened, 0)
    table.at_most("memory more than before", grown, RESIDENT_GROWTH_KIB_MAX, "KiB")
    table.headline("memory left behind when all of them have gone; descriptors: none")


async def shed(table, svcd, port):
    """At the cap the connections idle longest make room. Loops tell each other of theirs once a second."""
    with Target(svcd, port, "--connections-max", str(CAP)) as server:
        groups = []
        for _ in range(2):
            groups.append([await Client.open(port) for _ in range(CAP // 2)])
            for client in groups[-1]:
                assert (await client.ask(one_row())).status == 200
            await asyncio.sleep(2.5)
        newcomers = [await Client.open(port) for _ in range(NEWCOMERS)]
        statuses = [(await client.ask(one_row())).status for client in newcomers]
        old, young = [sum([await is_open(client) for client in group]) for group in groups]
        for client in sum(groups, newcomers):
            client.close()
        assert server.is_running()
    table.exactly(f"newcomers answered 200 at the cap of {CAP}", statuses.count(200), NEWCOMERS)
    table.exactly("connections dropped for them, idle longest", CAP // 2 - old, NEWCOMERS)
    table.exactly("connections dropped for them, idle shorter", CAP // 2 - young, 0)


async def is_open(client):
    try:
        async with asyncio.timeout(0.01):
            await asyncio.get_running_loop().sock_recv(client.socket, 1)
            return False
    except TimeoutError:
        return True
    except OSError:
        return False
