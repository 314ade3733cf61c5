"""Big batches alongside small requests: batches arrive without a pause, and the small requests must hardly notice. And batches whose
clients break their connections: the work must end with them.
"""

import asyncio
import json
import os
import re
import statistics
import subprocess
import time
from itertools import accumulate
from pathlib import Path

from client import Client, batch, get, post
from load import wrk
from table import Table
from target import REQUEST, ROOT, WORK, Target, Trouble

SCRIPT = Path(__file__).with_name("batches.lua")
# as large as the server takes by default, with room for the head of the JSON
BATCH_BYTES = (8 << 20) - 1_000
BATCH_CONNECTIONS = 2
LIGHT_CONNECTIONS = 16
LIGHT_SECONDS = 2
RATIO_MAX = 5.0
# a model whose rows cost much more than reading them: so many times the support vectors of this one
HEAVY_MODEL, HEAVY_FEATURES, REPEATED = ROOT / "tests" / "fixtures" / "golden" / "digits_rbf.json", 64, 20
GONE = 5
GONE_PART_MAX = 0.5
UPLOADS = 30
# What the allocator keeps for later: it holds no more than that for each thread.
RESIDENT_GROWTH_KIB_MAX = 2 << 10


def run(options, svcd, ports):
    table = Table(f"heavy-beside-light: batches of 8 MiB on {BATCH_CONNECTIONS} connections, {options.wrk_rounds} rounds")
    with Target(svcd, next(ports)) as server:
        beside(table, server, options)
    gone(table, svcd, next(ports))
    broken_uploads(table, svcd, next(ports))
    return table


def beside(table, server, options):
    content = WORK / "batch.json"
    content.write_bytes(batch(BATCH_BYTES)[0].partition(b"\r\n\r\n")[2])
    alone, disturbed, batches, failed = [], [], 0, 0
    for _ in range(options.wrk_rounds):
        alone.append(wrk(server, REQUEST, LIGHT_CONNECTIONS, LIGHT_SECONDS))
        with heavy(server, content, LIGHT_SECONDS + 1) as sender:
            time.sleep(0.5)
            disturbed.append(wrk(server, REQUEST, LIGHT_CONNECTIONS, LIGHT_SECONDS))
            found = json.loads(sender.communicate(timeout=60)[0].splitlines()[-1])
        batches, failed = batches + found["requests"], failed + found["errors"]
    p99 = [statistics.median(load.p99_ms for load in loads) for loads in (alone, disturbed)]
    table.tell("one-row requests/s alone", f"{statistics.median(x.requests_per_s for x in alone):,.0f}")
    table.tell("the same beside batches", f"{statistics.median(x.requests_per_s for x in disturbed):,.0f}")
    table.tell("p99 of one-row requests alone", f"{p99[0]:.3g} ms")
    table.tell("the same beside batches", f"{p99[1]:.3g} ms")
    table.at_most("how many times longer (medians of the rounds)", p99[1] / p99[0], RATIO_MAX, told=options.noisy)
    table.headline("p99 of one-row requests beside 8 MiB batches, times that without")
    table.at_least("batches answered meanwhile", batches, options.wrk_rounds)
    table.exactly("failed requests, small and big", sum(x.errors for x in [*alone, *disturbed]) + failed, 0)


def heavy(server, content, seconds):
    """Sends the batch again and again for so many seconds."""
    command = ["wrk", "-t1", f"-c{BATCH_CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT)]
    environment = {**os.environ, "BATCH": str(content)}
    url = f"http://127.0.0.1:{server.port}/"
    return subprocess.Popen([*command, url], env=environment, stdout=subprocess.PIPE, text=True)


def gone(table, svcd, port):
    """Batches that are computed for a while: what one costs that is answered, and one whose client breaks its connection."""
    n_rows = BATCH_BYTES // (2 * HEAVY_FEATURES)
    numbers = ",".join(["0"] * (n_rows * HEAVY_FEATURES))
    tensor = f'{{"name":"X","shape":[{n_rows},{HEAVY_FEATURES}],"datatype":"FP64","data":[{numbers}]}}'
    request = post("/v2/models/digits/infer", f'{{"inputs":[{tensor}]}}'.encode())
    with Target(svcd, port, "--model", str(model(svcd)), "--model-name", "digits") as server:
        before = server.processor_seconds()
        asyncio.run(send(port, request, is_awaited=True))
        answered = server.processor_seconds() - before
        before = server.processor_seconds()
        for _ in range(GONE):
            asyncio.run(send(port, request, is_awaited=False))
        in_flight = asyncio.run(settle(server))
        abandoned = (server.processor_seconds() - before) / GONE
    table.tell("processor time of a batch that is answered", f"{answered:.2g} s")
    table.at_most("part of it for one whose client has gone", abandoned / answered, GONE_PART_MAX)
    table.headline("part of a batch's work that is done for a client that has gone")
    table.exactly("requests in flight behind them", in_flight, 0)


def model(svcd):
    """Each class has all its support vectors many times, which changes the answers, and what one costs."""
    found, repeated, made = json.loads(HEAVY_MODEL.read_text()), WORK / "digits.json", WORK / "digits.bin"
    ends = list(accumulate(found["n_support_"]))
    classes = [slice(end - count, end) for end, count in zip(ends, found["n_support_"], strict=True)]

    def again(values):
        return [value for part in classes for value in values[part] * REPEATED]

    found["support_vectors_"] = again(found["support_vectors_"])
    found["_dual_coef_"] = [again(row) for row in found["_dual_coef_"]]
    found["n_support_"] = [count * REPEATED for count in found["n_support_"]]
    found.pop("probes", None)
    repeated.write_text(json.dumps(found))
    subprocess.run([svcd, "import", repeated, "-o", made], check=True, capture_output=True)
    return made


async def send(port, request, is_awaited):
    with await Client.open(port) as client:
        await client.send(request)
        if is_awaited and (answer := await client.answer()).status != 200:
            raise Trouble(f"the batch was answered {answer.status} {answer.content[:200]!r}")
        if not is_awaited:
            # the request is whole and under computation by now, or about to be
            await asyncio.sleep(0.1)
            client.reset()


async def settle(server, seconds=10):
    """Requests in flight, once there is none or the time is over."""
    end = time.monotonic() + seconds
    while True:
        with await Client.open(server.port) as client:
            text = (await client.ask(get("/metrics"))).content.decode()
        in_flight = int(re.search(r"^svcd_requests_in_flight (\d+)$", text, re.M)[1])
        if in_flight == 0 or time.monotonic() > end:
            return in_flight
        await asyncio.sleep(0.05)


def broken_uploads(table, svcd, port):
    """Clients that leave in the middle of their content, some with FIN and some with RST."""
    request = batch(BATCH_BYTES)[0]

    async def leave(number):
        client = await Client.open(port)
        await client.send(request[: len(request) // 2])
        client.reset() if number % 2 else client.close()

    async def leave_all():
        for _ in range(3):
            await asyncio.gather(*(leave(number) for number in range(UPLOADS // 3)))

    with Target(svcd, port) as server:
        resident, descriptors = server.at_rest()
        asyncio.run(leave_all())
        in_flight = asyncio.run(settle(server))
        table.exactly(f"in flight behind {UPLOADS} uploads that broke off", in_flight, 0)
        grown, opened = server.settled(resident, descriptors)
        table.exactly("descriptors more than before", opened, 0)
        table.at_most("memory more than before", grown, RESIDENT_GROWTH_KIB_MAX, "KiB")
