"""Clients that want more than their share: of memory, of places, and of time."""

import asyncio
import contextlib
import re
import statistics
import subprocess
import time
from pathlib import Path

from client import Client, Unanswered, batch, get, one_row, post
from heavy import BATCH_BYTES, BATCH_CONNECTIONS, heavy
from table import Table
from target import WORK, Target

MIB = 1 << 20
# What the process may take besides its model and what it holds for clients.
REST_KIB_MAX = 16 << 10
BUFFERED_MIB = 64
GREEDY, GREEDY_SECONDS = 24, 6
WRITE_TIMEOUT_S, LATE_S = 10, 3
PIPELINE = get("/openapi.json") * 150
CAP, NEWCOMERS = 100, 30
PACE_PER_S, PACED_CONNECTIONS, PACED_SECONDS = 1_000, 16, 4
PACED_RATIO_MAX = 3.0


def run(options, svcd, ports):
    table = Table("fair-shares: clients that want more memory, places and time than others")
    memory(table, svcd, next(ports))
    asyncio.run(held_back(table, svcd, next(ports)))
    asyncio.run(places(table, svcd, next(ports)))
    paced(table, svcd, next(ports), options)
    return table


def memory(table, svcd, port):
    """Every worst content, on ever new connections that read nothing."""
    worst = ("", 0)
    for name, request in contents():
        with Target(svcd, port, "--buffered-bytes-max", f"{BUFFERED_MIB}MiB", name=name) as server:
            loaded = server.resident_kib()
            asyncio.run(greedy(port, request))
            peak = peak_kib(server) - loaded
        table.tell(f"memory for {name}, above that after loading", f"{peak:,} KiB")
        worst = max(worst, (name, peak), key=lambda found: found[1])
    bound = BUFFERED_MIB * 1024 + REST_KIB_MAX
    table.at_most(f"memory for the worst of them ({worst[0]})", worst[1], bound, "KiB")
    table.headline("most memory, above that after loading, under the worst requests that are known")


def contents():
    rows = 250_000
    shape = f'"name":"x","shape":[{rows},4],"datatype":"UINT8","parameters":{{"binary_data_size":{4 * rows}}}'
    json = f'{{"inputs":[{{{shape}}}],"outputs":[{{"name":"predict"}},{{"name":"decision_function"}}]}}'.encode()
    length = f"Inference-Header-Content-Length: {len(json)}"
    yield "bytes as numbers", post("/v2/models/iris/infer", json + b"\5" * 4 * rows, length)
    empty = b'{"examples":[' + b",".join([b"{}"] * ((8 * MIB - 100) // 3)) + b"]}"
    yield "rows without features", post("/v1/models/iris:classify", empty)
    digits = b'{"instances":[' + b",".join([b"[1,1,1,1]"] * ((8 * MIB - 100) // 10)) + b"]}"
    yield "one-digit numbers", post("/v1/models/iris:predict", digits)
    yield "pipelines", PIPELINE * 10


async def greedy(port, request):
    end = time.monotonic() + GREEDY_SECONDS

    async def again():
        while time.monotonic() < end:
            with contextlib.suppress(OSError, TimeoutError):
                client = await Client.open(port)
                async with asyncio.timeout(2):
                    await client.send(request)
                await asyncio.sleep(1)
                client.reset()

    await asyncio.gather(*(again() for _ in range(GREEDY)))


def peak_kib(server):
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1])


async def held_back(table, svcd, port):
    """A pipeline of requests whose answers nobody reads."""
    with Target(svcd, port, "--idle-timeout", "600s") as server:
        _, descriptors = server.at_rest()
        with await Client.open(port) as client:
            began = time.monotonic()
            await client.send(PIPELINE)
            await asyncio.sleep(1)
            while server.descriptors() > descriptors and time.monotonic() < began + 90:
                await asyncio.sleep(0.1)
            seconds = time.monotonic() - began
    table.at_most("until a pipeline that nobody reads is gone", seconds, WRITE_TIMEOUT_S + LATE_S, "s")
    table.headline(f"until a pipeline that nobody reads is gone, with a write timeout of {WRITE_TIMEOUT_S} s")


async def places(table, svcd, port):
    """All places are taken by such pipelines; then honest clients come."""
    with Target(svcd, port, "--connections-max", str(CAP), "--idle-timeout", "600s") as server:
        stuck = [await Client.open(port) for _ in range(CAP)]
        for client in stuck:
            await client.send(PIPELINE)
        await asyncio.sleep(3)
        served = sum([await is_served(port) for _ in range(NEWCOMERS)])
        for client in stuck:
            client.close()
        assert server.is_running()
    table.exactly(f"of {NEWCOMERS} honest newcomers served, all places taken by them", served, NEWCOMERS)
    table.headline(f"of {NEWCOMERS} honest newcomers served while such pipelines take all places")


async def is_served(port):
    with contextlib.suppress(OSError, Unanswered, TimeoutError):
        with await Client.open(port) as client:
            return (await client.ask(one_row())).status == 200
    return False


def paced(table, svcd, port, options):
    """A light load at a steady pace, beside clients who send batches without a pause, and beside as many processes that only burn time."""
    content = WORK / "batch.json"
    content.write_bytes(batch(BATCH_BYTES)[0].partition(b"\r\n\r\n")[2])
    beside_batches, beside_others, batches, failed = [], [], 0, 0
    with Target(svcd, port) as server:
        asyncio.run(pace(port, 1))
        for _ in range(options.wrk_rounds):
            with burners():
                beside_others.append(asyncio.run(pace(port, PACED_SECONDS)))
            with heavy(server, content, PACED_SECONDS + 1) as sender:
                time.sleep(0.5)
                beside_batches.append(asyncio.run(pace(port, PACED_SECONDS)))
                found = sender.communicate(timeout=60)[0]
                batches += int(re.search(r'"requests": ?(\d+)', found)[1])
                failed += int(re.search(r'"errors": ?(\d+)', found)[1])
    medians = [1e3 * statistics.median(rounds) for rounds in (beside_others, beside_batches)]
    table.tell(f"p99 of {PACE_PER_S:,} requests/s beside {BATCH_CONNECTIONS} busy processes", f"{medians[0]:.3g} ms")
    table.tell(f"the same beside {BATCH_CONNECTIONS} clients with batches of 8 MiB", f"{medians[1]:.3g} ms")
    table.at_most("times longer (medians of the rounds)", medians[1] / medians[0], PACED_RATIO_MAX, told=options.noisy)
    table.headline(f"p99 of {PACE_PER_S:,} requests/s beside 8 MiB batches, times that beside busy processes")
    table.at_least("batches answered meanwhile", batches, options.wrk_rounds)
    table.exactly("failed batches", failed, 0)


@contextlib.contextmanager
def burners():
    burning = [subprocess.Popen(["sh", "-c", "while :; do :; done"]) for _ in range(BATCH_CONNECTIONS)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


async def pace(port, seconds):
    """The 99th percentile of the seconds from when a request was due to its answer."""
    request, interval = one_row(), PACED_CONNECTIONS / PACE_PER_S
    latencies = []

    async def connection(number):
        with await Client.open(port) as client:
            due = time.monotonic() + interval * (1 + number / PACED_CONNECTIONS)
            for _ in range(int(seconds / interval)):
                await asyncio.sleep(max(0, due - time.monotonic()))
                assert (await client.ask(request)).status == 200
                latencies.append(time.monotonic() - due)
                due += interval

    await asyncio.gather(*(connection(number) for number in range(PACED_CONNECTIONS)))
    return sorted(latencies)[int(len(latencies) * 0.99)]
