"""SIGTERM at a random moment under load, again and again on one port.

What a stop promises (RFC 9112 9.5, 9.6), and how each request is judged:

    cut     some byte of an answer came, but not the whole of it: never allowed
    lost    no byte came, though the request was sent at once on a connection that was open before the signal, or on one whose
            last answer had just come without `Connection: close`: never allowed
    idle    no byte came on a connection that had waited for its next request for longer than half of the grace: the client may
            ask again elsewhere
    outside no byte came on a connection made after the signal: the kernel took it, the server may not have
"""

import asyncio
import random
import signal
import time
from collections import Counter

from client import Client, Unanswered, batch, labels, one_row
from table import Table
from target import LABEL, Target, Trouble

# for so long after its last activity a connection is not idle for the server; half of it allows for a busy machine
GRACE_S = 0.25
MOMENT_S_MAX = 0.15
KEEPERS, NEWCOMERS = 6, 3
STOP_S_MAX = 8.5
PEACE_S_MAX = 3.0
AT_ONCE_S_MAX = 0.5
BATCH, BATCH_ROWS = batch(400_000)
EXPECTED = b'{"val": %d}' % LABEL


class Round:
    """One server from its start to its end."""

    def __init__(self, server, batch_content, counts):
        self.server, self.batch, self.counts = server, batch_content, counts
        self.signalled_at = None

    async def run(self, moment_s, stuck):
        """The exit code, and the seconds from the signal to the end."""
        held = [await self.stuck() for _ in range(2)] if stuck else []
        clients = [self.keep(one_row(), EXPECTED) for _ in range(KEEPERS)] + [self.keep(BATCH, self.batch)]
        clients += [self.come_anew() for _ in range(NEWCOMERS)]
        tasks = [asyncio.create_task(client) for client in clients]
        await asyncio.sleep(moment_s)
        self.signalled_at = time.monotonic()
        self.server.signal(signal.SIGTERM)
        code, seconds = await asyncio.to_thread(self.server.wait, 20)
        await asyncio.gather(*tasks)
        for client in held:
            client.close()
        return code, seconds

    async def stuck(self):
        client = await Client.open(self.server.port)
        await client.send(one_row()[:20])
        return client

    async def keep(self, request, expected):
        """One connection, busy until it is told that it ends."""
        with await Client.open(self.server.port) as client:
            last_at = client.opened_at
            while True:
                pause = time.monotonic() - last_at
                last_at = time.monotonic()
                answer = await self.ask(client, request, expected, pause)
                if answer is None or answer.closes():
                    break
            if answer is not None:
                self.counts["told"] += 1
                self.counts["ended badly"] += not await client.ends_well()

    async def come_anew(self):
        """A connection for each request, until none is to be had."""
        request = one_row("Connection: close")
        while True:
            try:
                client = await Client.open(self.server.port)
            except OSError:
                if self.signalled_at is None:
                    raise Trouble("a connection was refused before the signal") from None
                return
            with client:
                pause = time.monotonic() - client.opened_at
                if await self.ask(client, request, EXPECTED, pause) is None:
                    return
                self.counts["ended badly"] += not await client.ends_well()

    async def ask(self, client, request, expected, pause):
        """Judges one request; None when the connection ended without an answer."""
        try:
            answer = await client.ask(request)
        except Unanswered as end:
            self.counts[self.judge(client, end, pause)] += 1
            return None
        self.counts["answered"] += 1
        self.counts["wrong"] += (answer.status, answer.content) != (200, expected)
        return answer

    def judge(self, client, end, pause):
        if end.received:
            return "cut"
        if self.signalled_at is not None and client.opened_at >= self.signalled_at:
            return "outside"
        return "idle" if pause > GRACE_S / 2 else "lost"


async def right_batch(port):
    """The answer to the batch that the rounds send, once it has been read number by number."""
    with await Client.open(port) as client:
        answer = await client.ask(BATCH)
    if labels(answer) != [LABEL] * BATCH_ROWS:
        raise Trouble("the batch got other labels than expected")
    return answer.content


async def second_signal(server):
    """Two signals in a row while a client is stuck: the exit code, and the seconds from the second to the end."""
    with await Client.open(server.port) as client:
        await client.send(one_row()[:20])
        await asyncio.sleep(0.1)
        server.signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        if not server.is_running():
            raise Trouble("the first signal ended the process while a client was being served")
        server.signal(signal.SIGTERM)
        return await asyncio.to_thread(server.wait, 20)


def run(options, svcd, ports):
    chance, port = random.Random(options.seed), next(ports)
    counts, codes = Counter(), Counter()
    peace, with_stuck, at_once = [], [], []
    batch_content = b""
    for number in range(options.rounds):
        stuck = number % max(1, options.rounds // options.stuck) == 0
        # the port of the round before, in the moment when that has ended
        with Target(svcd, port) as server:
            if number == 0:
                batch_content = asyncio.run(right_batch(port))
            code, seconds = asyncio.run(Round(server, batch_content, counts).run(chance.uniform(0, MOMENT_S_MAX), stuck))
            codes[code] += 1
            (with_stuck if stuck else peace).append(seconds)
    for _ in range(options.second_signals):
        with Target(svcd, port) as server:
            code, seconds = asyncio.run(second_signal(server))
            at_once.append((code, seconds))

    table = Table(f"stops: SIGTERM under load, {options.rounds} times on one port, seed {options.seed}")
    table.tell("requests answered", f"{counts['answered']:,}")
    table.exactly("answers cut", counts["cut"], 0)
    table.exactly("requests lost", counts["lost"], 0)
    table.exactly("answers cut and requests lost together", counts["cut"] + counts["lost"], 0)
    table.headline(f"requests cut or lost in {options.rounds} stops under load, of {counts['answered']:,}")
    table.exactly("wrong answers", counts["wrong"], 0)
    table.exactly("connections that ended otherwise than with FIN behind the answer", counts["ended badly"], 0)
    table.tell("connections told of their end by `Connection: close`", counts["told"])
    table.tell("idle connections closed without an answer", counts["idle"])
    table.tell("connections after the signal that were not let in", counts["outside"])
    table.exactly("exit codes", dict(codes), {0: options.rounds})
    if peace:
        table.at_most("from the signal to the end, longest", max(peace), PEACE_S_MAX, "s")
        table.headline("longest stop under load")
    table.at_most("the same beside a stuck client, longest", max(with_stuck), STOP_S_MAX, "s")
    table.headline("longest stop beside a stuck client")
    table.exactly("exit codes after a second signal", sorted({code for code, _ in at_once}), [1])
    table.at_most("from the second signal to the end, longest", max(s for _, s in at_once), AT_ONCE_S_MAX, "s")
    return table
