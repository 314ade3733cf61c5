"""Everything at once for a long time: good, bad and slow clients, batches, and a model file that is replaced all the while.

No status may appear that the request does not call for, each model must always give the same answer, and memory
and descriptors must not grow.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections import Counter

from client import Client, Unanswered, batch, get, one_row, post
from table import Table
from target import FEATURES, MODEL, ROOT, WORK, Target, Trouble

OTHER_MODEL = ROOT / "tests" / "fixtures" / "golden" / "iris_rbf_auto.json"
HEAD_TIMEOUT_S, BODY_TIMEOUT_S = 2, 3
LIMITS = ("--head-timeout", f"{HEAD_TIMEOUT_S}s", "--body-timeout", f"{BODY_TIMEOUT_S}s", "--reload", "1s", "--reload-any")
GOOD, BAD, SLOW_HEADS, SLOW_BODIES, BATCHES, LEAVERS = 6, 2, 10, 10, 2, 1
GOOD_PAUSE_S, BAD_PAUSE_S, BATCH_PAUSE_S, REPLACE_PAUSE_S, WATCH_PAUSE_S = 0.001, 0.01, 0.05, 2.5, 0.5
# The traffic comes in parts, and between two of them there is a silence: what is held then is held for good.
PARTS_MIN, PARTS_MAX, PART_S_MIN, SILENCE_S = 5, 30, 10, 3
# the beginning, in which buffers and the heap find their size, is no part of the slope
WARM_PART = 0.3
RESIDENT_GROWTH_KIB_MAX = 1 << 10
DESCRIPTOR_GROWTH_MAX = 1

BAD_REQUESTS = (
    (b"nonsense\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01", 400),
    (b"GET / HTTP/1.1\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n", 413),
    (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505),
    (get("/none"), 404),
    (b"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", 405),
    (post("/", b'{"sepal length (cm)": "x"}'), 400),
    (post("/", b"[1, 2"), 400),
    (post("/v2/models/iris/infer", b"{}"), 400),
)


class Soak:
    """The traffic of one run."""

    def __init__(self, server, model, replacements):
        self.server, self.model, self.replacements = server, model, replacements
        self.counts, self.unexpected = Counter(), Counter()
        self.answers_by_model, self.samples, self.highest_kib = {}, [], 0
        self.began = time.monotonic()

    async def run(self, seconds):
        count = min(PARTS_MAX, max(PARTS_MIN, seconds // PART_S_MIN))
        for _ in range(count):
            await self.traffic(seconds / count)
            await asyncio.sleep(SILENCE_S)
            at = time.monotonic() - self.began
            self.samples.append((at, self.server.resident_kib(), self.server.descriptors()))

    async def traffic(self, seconds):
        kinds = [self.good] * GOOD + [self.bad] * BAD + [self.batch] * BATCHES + [self.gone] * LEAVERS
        kinds += [self.slow_head] * SLOW_HEADS + [self.slow_body] * SLOW_BODIES + [self.replace, self.watch]
        tasks = [asyncio.create_task(self.again(kind)) for kind in kinds]
        done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def again(self, kind):
        while True:
            try:
                await kind()
            except Unanswered as end:
                self.unexpected[f"{kind.__name__}: {end.how} {'inside' if end.received else 'without'} an answer"] += 1
            except TimeoutError:
                self.unexpected[f"{kind.__name__}: nothing within the client's time"] += 1

    def expect(self, kind, answer, *statuses):
        self.counts[f"{kind}: {answer.status}"] += 1
        if answer.status not in statuses:
            self.unexpected[f"{kind}: {answer.status} {answer.content[:100]!r}"] += 1

    def hold_against(self, kind, answer):
        """One model gives one answer to one request."""
        model = answer.head.lower().partition(b"x-model-hash: ")[2][:16]
        if self.answers_by_model.setdefault((kind, model), answer.content) != answer.content:
            self.unexpected[f"{kind}: another answer of the same model"] += 1

    async def good(self):
        with await Client.open(self.server.port) as client:
            for _ in range(500):
                answer = await client.ask(one_row())
                self.expect("one row", answer, 200)
                self.hold_against("one row", answer)
                await asyncio.sleep(GOOD_PAUSE_S)
            self.expect("metrics", await client.ask(get("/metrics")), 200)

    async def bad(self):
        for request, status in BAD_REQUESTS:
            with await Client.open(self.server.port) as client:
                self.expect("bad", await client.ask(request), status)
            await asyncio.sleep(BAD_PAUSE_S)

    async def slow_head(self):
        """A byte now and then: 408 when the time is over."""
        await self.slow("slow head", b"POST / HTTP/1.1\r\nHost: h\r\nX: ")

    async def slow_body(self):
        await self.slow("slow body", post("/", b" " * 100)[:-50])

    async def slow(self, kind, begin):
        with await Client.open(self.server.port) as client:
            await client.send(begin)
            answer = asyncio.create_task(client.answer())
            try:
                while not answer.done():
                    with contextlib.suppress(OSError):
                        await client.send(b"1")
                    await asyncio.wait([answer], timeout=1)
                self.expect(kind, await answer, 408)
            finally:
                # the socket must not be closed under a task that waits for it
                answer.cancel()
                await asyncio.wait([answer])

    async def batch(self):
        with await Client.open(self.server.port) as client:
            for n_bytes in (100_000, 1 << 20, 7 << 20):
                answer = await client.ask(batch_of(n_bytes))
                self.expect("batch", answer, 200)
                self.hold_against(f"batch of {n_bytes} bytes", answer)
                await asyncio.sleep(BATCH_PAUSE_S)

    async def gone(self):
        """Leaves in the middle of its batch, and while that is computed."""
        request = batch_of(1 << 20)
        for sent in (len(request) // 2, len(request)):
            with await Client.open(self.server.port) as client:
                await client.send(request[:sent])
                client.reset()
            self.counts["gone"] += 1
            await asyncio.sleep(BATCH_PAUSE_S)

    async def replace(self):
        """A new model, and now and then something that is none: the old one is served on."""
        for replacement in self.replacements:
            await asyncio.sleep(REPLACE_PAUSE_S)
            beside = self.model.with_suffix(".new")
            beside.write_bytes(replacement)
            os.replace(beside, self.model)
            self.counts["model file replaced"] += 1

    async def watch(self):
        await asyncio.sleep(WATCH_PAUSE_S)
        self.highest_kib = max(self.highest_kib, self.server.resident_kib())
        if not self.server.is_running():
            raise Trouble(f"the server has ended, see {self.server.log}")


BATCHES_MADE = {}


def batch_of(n_bytes):
    return BATCHES_MADE.setdefault(n_bytes, batch(n_bytes)[0])


def growth(samples, column, seconds):
    """What a straight line through the samples (least squares) grows by in the time that they cover."""
    points = [(sample[0], sample[column]) for sample in samples]
    x_mean, y_mean = (sum(values) / len(points) for values in zip(*points, strict=True))
    square = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / square * seconds


def run(options, svcd, ports):
    folder = WORK / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model, other = folder / "model.bin", folder / "other.bin"
    shutil.copy(MODEL, model)
    subprocess.run([svcd, "import", OTHER_MODEL, "--feature-names", ",".join(FEATURES), "-o", other], check=True, capture_output=True)
    replacements = (other.read_bytes(), MODEL.read_bytes(), MODEL.read_bytes()[:-9])
    with Target(svcd, next(ports), "--model", str(model), "--model-name", "iris", *LIMITS, name="soak") as server:
        soak = Soak(server, model, replacements)
        asyncio.run(soak.run(options.seconds))
        server.signal(signal.SIGTERM)
        code, _ = server.wait(20)
    return report(soak, code, options.seconds)


def report(soak, code, seconds):
    table = Table(f"soak: everything at once, {seconds} s")
    for kind, count in sorted(soak.counts.items()):
        table.tell(kind, f"{count:,}")
    table.exactly("unexpected answers", soak.unexpected.total(), 0)
    table.headline(f"unexpected answers in {seconds:,} s of everything at once, of {soak.counts.total():,}")
    for what, count in soak.unexpected.most_common(10):
        table.tell(f"  {what}", f"{count:,}")
    models = len({model for _, model in soak.answers_by_model})
    table.at_least("models that have answered", models, 2 if seconds > 3 * REPLACE_PAUSE_S else 1)
    table.exactly("exit code behind SIGTERM", code, 0)
    warm = soak.samples[int(len(soak.samples) * WARM_PART) :]
    covered = warm[-1][0] - warm[0][0]
    table.tell("resident memory with batches under way, highest", f"{soak.highest_kib:,} KiB")
    table.tell("resident memory at the end, in silence", f"{warm[-1][1]:,} KiB")
    table.at_most(f"growth of memory in silence over {covered:.0f} s", growth(warm, 1, covered), RESIDENT_GROWTH_KIB_MAX, "KiB")
    table.headline(f"growth of memory in the last {covered:,.0f} s of that")
    table.at_most("growth of open descriptors in that time", growth(warm, 2, covered), DESCRIPTOR_GROWTH_MAX)
    return table
