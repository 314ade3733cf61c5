"""Turns figures into Markdown tables, which the terminal shows too.

Every figure is the median over the rounds with the smallest and the largest. Ratios are taken within a round first, so
a machine that slows down between two rounds does not affect them.
"""

import datetime
import os
import platform
import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path

from load import Load

MIB = 1 << 20
LATENCIES = ("p50, ms", "p99, ms", "p99.9, ms")


@dataclass(frozen=True)
class Turn:
    """What one round found out about one peer.

    `loads` is keyed by the number of connections, `batches` by form and rows.
    """

    starts_s: list[float]
    idle_bytes: int
    loaded_bytes: int
    loads: dict[int, Load]
    batches: dict[tuple[str, int], Load]

    @property
    def start_s(self):
        return statistics.median(self.starts_s)


def full(turns, idles):
    """All tables. `turns`: peer -> one turn a round; the first peer is the one that the others are compared with."""
    memory = "Memory: resident, all processes of the server, pages that they share counted once. Starts: files cached."
    failed = "Failed: connections refused or broken, answers of status 400 and above, and no answer within 2 s."
    tables = [*costs(turns), "", memory, "", *loads(turns), "", failed, "", *batches(turns), *ratios(turns), ""]
    return "\n".join([*tables, *idle_lines(turns, idles)])


def costs(turns):
    rows = [["server", "start to first answer, ms", "starts", "memory idle, MiB", "memory after load, MiB"]]
    for peer, found in turns.items():
        starts = [1e3 * start for turn in found for start in turn.starts_s]
        idle, loaded = ([getattr(turn, name) / MIB for turn in found] for name in ("idle_bytes", "loaded_bytes"))
        rows.append([peer.name, spread(starts), str(len(starts)), spread(idle), spread(loaded)])
    return table(rows)


def loads(turns):
    rows = [["server", "connections", "requests/s", *LATENCIES, "CPU s per million", "failed"]]
    for connections in levels(turns):
        for peer, found in turns.items():
            runs = [turn.loads[connections] for turn in found]
            figures = [spread(values) for values in figures_of(runs)]
            rows.append([peer.name, str(connections), *figures, str(sum(run.errors for run in runs))])
    return table(rows)


def figures_of(runs):
    for name in ("requests_per_s", "p50_ms", "p99_ms", "p999_ms", "processor_s_per_million"):
        yield [getattr(run, name) for run in runs]


def batches(turns):
    rows = [["server", "form", "rows", "rows/s", *LATENCIES, "CPU s per million rows", "failed"]]
    for peer, found in turns.items():
        for form, count in found[0].batches:
            runs = [turn.batches[form, count] for turn in found]
            requests, *latencies, processor = figures_of(runs)
            figures = [[count * value for value in requests], *latencies, [value / count for value in processor]]
            failed = str(sum(run.errors for run in runs))
            rows.append([peer.name, form, f"{count:,}", *map(spread, figures), failed])
    note = f"Batches: v2 requests on {os.cpu_count()} connections, one for each core; numbers with one decimal."
    return [*table(rows), "", note, ""] if len(rows) > 1 else []


def ratios(turns):
    subject, *others = turns
    heads = ["start", "memory idle", "memory after load", *(f"requests/s at {level}" for level in levels(turns))]
    rows = [[f"{subject.name} is better by, than", *heads]]
    for peer in others:
        rows.append([peer.name, *(spread(found) + " x" for found in ratio_columns(turns, subject, peer))])
    return table(rows)


def ratio_columns(turns, subject, peer):
    rounds = list(zip(turns[subject], turns[peer], strict=True))
    for name in ("start_s", "idle_bytes", "loaded_bytes"):
        yield [getattr(theirs, name) / getattr(ours, name) for ours, theirs in rounds]
    for level in levels(turns):
        yield [ours.loads[level].requests_per_s / theirs.loads[level].requests_per_s for ours, theirs in rounds]


def idle_lines(turns, idles):
    if not idles:
        return []
    name, count = next(iter(turns)).name, idles[0].count
    memory = [spread([getattr(idle, key) / MIB for idle in idles]) for key in ("bytes_before", "bytes_with")]
    request = [
        spread([getattr(idle, key) for idle in idles]) for key in ("new_request_before_ms", "new_request_with_ms")
    ]
    return [
        f"{count:,} idle keep-alive connections to {name}: memory {memory[0]} -> {memory[1]} MiB; a request on a new "
        f"connection {request[0]} -> {request[1]} ms. All of them answered once more afterwards.",
        "",
    ]


def summary(turns, command):
    """For the documents: one table, and the line that says how it came about."""
    level = max(levels(turns))
    rows = [["server", "start to first answer", "memory, idle", f"requests/s, {level} connections", "p99"]]
    for peer, found in turns.items():
        start = number(1e3 * statistics.median(turn.start_s for turn in found))
        memory = number(statistics.median(turn.idle_bytes for turn in found) / MIB)
        rate = number(statistics.median(turn.loads[level].requests_per_s for turn in found))
        p99 = number(statistics.median(turn.loads[level].p99_ms for turn in found))
        rows.append([peer.name, f"{start} ms", f"{memory} MiB", rate, f"{p99} ms"])
    return "\n".join([*table(rows), "", origin(turns, command), ""])


def summary_peers(turns, command):
    """For the documents too: requests/s at each number of connections, then rows/s of batches."""
    top = max(levels(turns))
    heads = [f"requests/s, {level:,} connection{'s' * (level > 1)}" for level in levels(turns)]
    rows = [["server", *heads, f"p99.9 at {top:,}", "CPU s per million", "memory, idle"]]
    for peer, found in turns.items():
        rates = (statistics.median(turn.loads[level].requests_per_s for turn in found) for level in levels(turns))
        tail = number(statistics.median(turn.loads[top].p999_ms for turn in found))
        processor = number(statistics.median(turn.loads[top].processor_s_per_million for turn in found))
        memory = number(statistics.median(turn.idle_bytes for turn in found) / MIB)
        rows.append([peer.name, *map(number, rates), f"{tail} ms", processor, f"{memory} MiB"])
    parts = [*table(rows), "", origin(turns, command), "", *summary_batches(turns)]
    names = ", ".join(f"{peer.name} ({peer.versions})" for peer in turns)
    return "\n".join([*parts, f"Versions: {names}.", ""])


def summary_batches(turns):
    kinds = list(dict.fromkeys(key for found in turns.values() for key in found[0].batches))
    counts = sorted({count for _, count in kinds})
    rows = [["server", "form", *(f"rows/s, {count:,} a request" for count in counts)]]
    for peer, found in turns.items():
        for form in dict.fromkeys(form for form, _ in found[0].batches):
            rates = (
                statistics.median(count * turn.batches[form, count].requests_per_s for turn in found)
                for count in counts
            )
            rows.append([peer.name, form, *map(number, rates)])
    return [*table(rows), ""] if len(rows) > 1 else []


def origin(turns, command):
    rounds = len(next(iter(turns.values())))
    return origin_of(f"{rounds} interleaved round{'s' * (rounds > 1)}", command)


def origin_of(runs, command, used=f"{os.cpu_count()} cores shared with the load"):
    machine = f"{cpu_model()}, {used}"
    return f"Median of {runs}, {machine}, {datetime.date.today()}, `{command}`."


def environment(peers, command):
    """What was measured where: printed before anything else."""
    lines = [
        f"command: {command}",
        f"date:    {datetime.datetime.now().astimezone():%Y-%m-%d %H:%M %z}",
        f"machine: {cpu_model()}, {os.cpu_count()} cores shared by the server and wrk, Linux {platform.release()}",
        f"load average before the first round: {os.getloadavg()[0]:.2f}",
        f"wrk:     {wrk_version()}, one thread a core, latency as each connection sees it",
        "",
    ]
    return "\n".join(lines + [f"{peer.name}: {peer.versions}; {peer.note}" for peer in peers] + [""])


def cpu_model():
    found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    return found.group(1) if found else platform.machine()


def wrk_version():
    return subprocess.run(["wrk", "--version"], capture_output=True, text=True).stdout.split(" [")[0]


def levels(turns):
    return list(next(iter(turns.values()))[0].loads)


def spread(values):
    if len(values) == 1:
        return number(values[0])
    return f"{number(statistics.median(values))} ({number(min(values))} to {number(max(values))})"


def number(value):
    """Three significant digits below a hundred, whole numbers with thousands separated above."""
    if value == 0:
        return "0"
    return f"{value:.3g}" if abs(value) < 99.95 else f"{value:,.0f}"


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return [lines[0], rule, *lines[1:]]
