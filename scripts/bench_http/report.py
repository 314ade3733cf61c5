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
from server import WAYS

MIB = 1 << 20
LATENCIES = ("p50, ms", "p99, ms", "p99.9, ms")
# what svcd is held against the best of the others in, and which figure is the better one
CONTESTS = {"requests/s": ("requests_per_s", max), "p99": ("p99_ms", min), "CPU": ("processor_us", min)}


@dataclass(frozen=True)
class Turn:
    """What one round found out about one peer.

    `loads` is keyed by the way and the number of connections, `batches` by form and rows.
    """

    starts_s: list[float]
    idle_bytes: int
    loaded_bytes: int
    loads: dict[tuple[str, int], Load]
    batches: dict[tuple[str, int], Load]

    @property
    def start_s(self):
        return statistics.median(self.starts_s)


def full(turns, idles):
    """All tables. `turns`: peer -> one turn a round; the first peer is the one that the others are compared with."""
    memory = "Memory: resident, all processes of the server, pages that they share counted once. Starts: files cached."
    ways = "; ".join(f"{way}: {text}" for way, text in WAYS.items())
    failed = "Failed: connections refused or broken, answers of status 400 and above, and no answer within 2 s."
    told = f"One row a request. {ways}. CPU and system calls are the server's. {failed}"
    tables = [*costs(turns), "", memory, "", *loads(turns), "", told, "", *batches(turns), *ratios(turns), ""]
    tables += [*contests(turns), ""]
    return "\n".join([*tables, *idle_lines(turns, idles)])


def costs(turns):
    rows = [["server", "start to first answer, ms", "starts", "memory idle, MiB", "memory after load, MiB"]]
    for peer, found in turns.items():
        starts = [1e3 * start for turn in found for start in turn.starts_s]
        idle, loaded = ([getattr(turn, name) / MIB for turn in found] for name in ("idle_bytes", "loaded_bytes"))
        rows.append([peer.name, spread(starts), str(len(starts)), spread(idle), spread(loaded)])
    return table(rows)


def loads(turns):
    heads = ["requests/s", *LATENCIES, "CPU, µs a request", "system calls a request", "failed"]
    rows = [["server", "cores", "connections", *heads]]
    for way, connections in levels(turns):
        for peer, found in with_load(turns, (way, connections)):
            runs = [turn.loads[way, connections] for turn in found]
            figures = [spread(values) for values in figures_of(runs)]
            calls = [run.system_calls for run in runs if run.system_calls is not None]
            failed = str(sum(run.errors for run in runs))
            rows.append([peer.name, way, str(connections), *figures, spread(calls) if calls else "–", failed])
    return table(rows)


def with_load(turns, key):
    """The peers that were measured so, and their turns."""
    return [(peer, found) for peer, found in turns.items() if key in found[0].loads]


def figures_of(runs):
    for name in ("requests_per_s", "p50_ms", "p99_ms", "p999_ms", "processor_us"):
        yield [getattr(run, name) for run in runs]


def batches(turns):
    rows = [["server", "form", "rows", "rows/s", *LATENCIES, "CPU, µs a row", "failed"]]
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
    heads = [f"requests/s, {way}, {connections}" for way, connections in levels(turns)]
    heads = ["start", "memory idle", "memory after load", *heads]
    rows = [[f"{subject.name} is better by, than", *heads]]
    for peer in others:
        rows.append([peer.name, *(f"{spread(found)} x" if found else "–" for found in ratio_columns(turns, subject, peer))])
    return table(rows)


def ratio_columns(turns, subject, peer):
    rounds = list(zip(turns[subject], turns[peer], strict=True))
    for name in ("start_s", "idle_bytes", "loaded_bytes"):
        yield [getattr(theirs, name) / getattr(ours, name) for ours, theirs in rounds]
    for key in levels(turns):
        pairs = [(ours.loads[key], theirs.loads[key]) for ours, theirs in rounds if key in theirs.loads]
        yield [ours.requests_per_s / theirs.requests_per_s for ours, theirs in pairs]


def contests(turns):
    """svcd's figures over those of whoever is best in each among the others that do the same work."""
    subject = next(iter(turns))
    heads = [head for title in CONTESTS for head in (f"{title}, over the best", "which is")]
    rows = [["cores", "connections", *heads]]
    for key in levels(turns):
        rivals = [peer for peer, _ in with_load(turns, key) if is_rival(peer, subject)]
        if rivals:
            cells = (cell for name, better in CONTESTS.values() for cell in contest(turns, key, rivals, name, better))
            rows.append([key[0], f"{key[1]:,}", *cells])
    note = f"{subject.name} over the best of the servers that do the same work: above 1 it has more requests/s, a longer p99, more CPU."
    return [note, "", *table(rows)] if len(rows) > 1 else []


def is_rival(peer, subject):
    return peer is not subject and peer.model == subject.model and not peer.constant


def contest(turns, key, rivals, name, better):
    figures = lambda peer: [getattr(turn.loads[key], name) for turn in turns[peer]]
    best = better(rivals, key=lambda peer: statistics.median(figures(peer)))
    pairs = zip(figures(next(iter(turns))), figures(best), strict=True)
    return spread([ours / theirs for ours, theirs in pairs]), best.name


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
    level = max(connections for _, connections in levels(turns))
    rows = [["server", "start to first answer", "memory, idle", f"requests/s, {level} connections", "p99"]]
    for peer, found in turns.items():
        start = number(1e3 * statistics.median(turn.start_s for turn in found))
        memory = number(statistics.median(turn.idle_bytes for turn in found) / MIB)
        rate, p99 = (median_of(found, ("shared", level), name) for name in ("requests_per_s", "p99_ms"))
        rows.append([peer.name, f"{start} ms", f"{memory} MiB", rate, f"{p99} ms"])
    return "\n".join([*table(rows), "", origin(turns, command), ""])


def median_of(found, key, name):
    return number(statistics.median(getattr(turn.loads[key], name) for turn in found))


def summary_peers(turns, command):
    """For the documents too: one row in both ways, svcd over the best, then rows/s of batches."""
    parts = [part for way in WAYS for part in summary_way(turns, way)]
    parts += [*contests(turns), "", origin(turns, command, f"{os.cpu_count()} cores"), "", *summary_batches(turns)]
    names = ", ".join(f"{peer.name} ({peer.versions})" for peer in turns)
    return "\n".join([*parts, f"Versions: {names}.", ""])


def summary_way(turns, way):
    keys = [key for key in levels(turns) if key[0] == way]
    if not keys:
        return []
    rows = [["server", *(f"{level:,} connection{'s' * (level > 1)}" for _, level in keys)]]
    rows += [[peer.name, *(summary_cell(found, key) for key in keys)] for peer, found in with_load(turns, keys[0])]
    if way == "shared":
        rows[0].append("memory, idle")
        for row, found in zip(rows[1:], turns.values(), strict=True):
            row.append(f"{number(statistics.median(turn.idle_bytes for turn in found) / MIB)} MiB")
    note = f"{way.capitalize()}: {WAYS[way]}. Requests/s, p99, CPU of the server and its system calls a request:"
    return [note, "", *table(rows), ""]


def summary_cell(found, key):
    rate, p99, processor = (median_of(found, key, name) for name in ("requests_per_s", "p99_ms", "processor_us"))
    calls = "" if found[0].loads[key].system_calls is None else f", {median_of(found, key, 'system_calls')}"
    return f"{rate}, {p99} ms, {processor} µs{calls}"


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


SHARED = f"{os.cpu_count()} cores shared with the load"


def origin(turns, command, used=SHARED):
    rounds = len(next(iter(turns.values())))
    return origin_of(f"{rounds} interleaved round{'s' * (rounds > 1)}", command, used)


def origin_of(runs, command, used=SHARED):
    machine = f"{cpu_model()}, {used}"
    return f"Median of {runs}, {machine}, {datetime.date.today()}, `{command}`."


def environment(peers, command):
    """What was measured where: printed before anything else."""
    lines = [
        f"command: {command}",
        f"date:    {datetime.datetime.now().astimezone():%Y-%m-%d %H:%M %z}",
        f"machine: {cpu_model()}, {os.cpu_count()} cores, Linux {platform.release()}",
        f"load average before the first round: {os.getloadavg()[0]:.2f}",
        f"wrk:     {wrk_version()}, a thread for each of its cores, latency as each connection sees it",
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
