"""Faults that need a privilege: a root with nothing in it, another clock, little memory. Without the privilege they do not run, and say so."""

import asyncio
import os
import shutil
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import faults
from client import Client, Unanswered, get, one_row, post
from target import WORK, Target

CGROUPS = Path("/sys/fs/cgroup")
MEMORY_BYTES = 50 << 20
# An eighth of the memory: a number of two bytes becomes eight, and the answers come on top.
MEMORY_LIMITS = ("--buffered-bytes-max", "6MiB", "--content-bytes-max", "6MiB")
BATCH_CLIENTS, BATCH_SECONDS = 6, 5
MONOTONIC_OFFSET_S = 10 * 365 * 86_400


def works(*command):
    return subprocess.run(command, capture_output=True).returncode == 0


def bare_root(table, svcd, port):
    """A read-only root with one file in it: no /proc, no /dev, no /tmp, another user."""
    name = "read-only root without /proc"
    if os.geteuid() != 0 or not works("unshare", "--mount", "true"):
        table.not_run(name, "needs root and mount namespaces")
        return
    root = WORK / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    shutil.copy(svcd, root / "svcd")
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec chroot --userspec=65532:65532 "$0" "$@"'
    wrapper = ("unshare", "--mount", "sh", "-c", script, str(root))
    with Target("/svcd", port, wrapper=wrapper, name="bare") as server:
        faults.ask_many(table, name, server)

        async def metrics():
            with await Client.open(port) as client:
                return (await client.ask(get("/metrics"))).status

        table.exactly(f"{name}: metrics", asyncio.run(metrics()), 200)


def late_clock(table, svcd, port):
    """A monotonic clock that is ten years ahead of that of all others; it cannot jump while a process looks at it."""
    name = "monotonic clock ten years ahead"
    wrapper = ("unshare", "--time", f"--monotonic={MONOTONIC_OFFSET_S}", f"--boottime={MONOTONIC_OFFSET_S}", "--fork")
    wrapper += ("--kill-child",)
    if not works(*wrapper, "true"):
        table.not_run(name, "needs root and time namespaces")
        return

    async def ask():
        with await Client.open(port) as good, await Client.open(port) as slow:
            await slow.send(one_row()[:20])
            began = time.monotonic()
            status = (await good.ask(one_row())).status
            return status, (await slow.answer()).status, time.monotonic() - began

    with Target(svcd, port, "--head-timeout", "1s", wrapper=wrapper, name="clock") as server:
        status, slow_status, seconds = asyncio.run(ask())
        table.exactly(f"{name}: answers, to a slow client too", [status, slow_status], [200, 408])
        table.at_most(f"{name}: deadline of 1 s acts after", seconds, 4.0, "s")
        # the process that was started is not the server here, but its parent
        faults.calm(table, name, server, spins=False)


def memory_group():
    """A control group with little memory, and the file that takes processes; None where there can be none."""
    for group, limits, processes in (
        (CGROUPS / "memory" / "svcd-hard", ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), "cgroup.procs"),
        (CGROUPS / "svcd-hard", ("memory.max",), "cgroup.procs"),
    ):
        with suppress(OSError):
            if not group.parent.joinpath("cgroup.procs").exists():
                continue
            group.mkdir(exist_ok=True)
            (group / limits[0]).write_text(str(MEMORY_BYTES))
            with suppress(OSError):
                (group / limits[-1]).write_text(str(MEMORY_BYTES))
            return group, group / processes
    return None


def small_memory(table, svcd, port):
    """Big batches that ask for everything, on more connections than the memory is for."""
    name = f"{MEMORY_BYTES >> 20} MiB of memory under batches"
    if (found := memory_group()) is None:
        table.not_run(name, "needs root and a memory control group")
        return
    group, processes = found
    wrapper = ("sh", "-c", f'echo $$ >{processes} && exec "$0" "$@"')
    try:
        with Target(svcd, port, *MEMORY_LIMITS, wrapper=wrapper, name="memory") as server:
            statuses = asyncio.run(batches(server))
            table.judge(f"{name}: answers", str(dict(statuses)), "200, 413 and 503 alone", set(statuses) <= {200, 413, 503})
            table.at_least(f"{name}: of these 200", statuses[200], 1)
            table.exactly(f"{name}: the process", "runs" if server.is_running() else "was killed", "runs")
            if server.is_running():
                table.tell(f"{name}: most in use", f"{server.status('VmHWM'):,} KiB")
                faults.calm(table, name, server)
    finally:
        time.sleep(0.2)
        with suppress(OSError):
            group.rmdir()


async def batches(server):
    # the largest that are answered, then two that ask for too much
    requests = [asked(3 << 20), asked(1 << 20, "decision_function"), asked(700_000)]
    requests += [asked((6 << 20) - 1_000), asked((6 << 20) - 1_000, "decision_function")]
    statuses, end = Counter(), time.monotonic() + BATCH_SECONDS

    async def send(request):
        try:
            with await Client.open(server.port) as client:
                statuses[(await client.ask(request)).status] += 1
        except (Unanswered, OSError) as error:
            statuses[type(error).__name__] += 1

    async def send_all(number):
        while time.monotonic() < end and server.is_running():
            number += 1
            await send(requests[number % len(requests)])

    # one after the other first: the more there are at once, the fewer of them are taken
    for request in requests:
        await send(request)

    await asyncio.gather(*(send_all(number) for number in range(BATCH_CLIENTS)))
    return statuses


def asked(n_bytes, output="predict"):
    """A batch of the shortest numbers."""
    n_rows = (n_bytes - 200) // 8
    numbers = ",".join(["0"] * (4 * n_rows))
    tensor = f'{{"name":"X","shape":[{n_rows},4],"datatype":"FP64","data":[{numbers}]}}'
    content = f'{{"inputs":[{tensor}],"outputs":[{{"name":"{output}"}}]}}'
    return post("/v2/models/iris/infer", content.encode())
