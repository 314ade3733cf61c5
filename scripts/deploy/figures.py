"""What one core does, and what a million requests per second take: the table of docs/deploying.md.

The server has one thread on one core, and wrk another core. It counts what the server does in a second of processor time, so
a machine that does other work gives nearly the same result. The notebook's figures are those of the table that scripts/bench_http.sh made; the
size of its image is what its author reports.
"""

import json
import math
import os
import random
import re
import resource
import subprocess
from pathlib import Path

from report import NAMES, RECORD, ROOT, ROW, Difference, eventually, folder, need, run

PORT = 18_660
URL = f"http://127.0.0.1:{PORT}"
ROUNDS, SECONDS, CONNECTIONS = 5, 4, 64
FILE_ROWS, BATCH_ROWS = 1_000_000, 1_000
WANTED, CORES_OF_MACHINE, SHARE_TO_USE = 1_000_000, 16, 0.5
MEMORY_LIMIT_MIB = 128
NOTEBOOK_IMAGE_BYTES = 3.7e9


def check(report, options):
    need("wrk", "apt-get install wrk")
    if (os.cpu_count() or 1) < 2:
        raise Difference("expected two cores, one for the server and one for the load, found one")
    work = folder("figures")
    batch = json.dumps({"instances": [ROW] * BATCH_ROWS})
    bodies = {"one": ("/", json.dumps(RECORD)), "many": ("/v1/models/iris:predict", batch)}
    command = ["taskset", "-c", "0", str(options.binary), "--port", str(PORT), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            eventually("an answer", 10, lambda: subprocess.run(["curl", "-sf", f"{URL}/readyz"], capture_output=True).returncode == 0)
            idle_mib = memory_mib(server.pid)
            rates = {name: [] for name in bodies}
            for _ in range(1 if options.short else ROUNDS):
                for name, (path, body) in bodies.items():
                    rates[name].append(load(server.pid, work, path, body))
        finally:
            server.terminate()
    requests, batches = (middle(rates[name]) for name in ("one", "many"))
    of_file = middle([predict(work, options.binary) for _ in range(1 if options.short else 3)])
    image = int(run("docker", "image", "inspect", "--format", "{{.Size}}", options.image).stdout)
    lines = table(requests, batches * BATCH_ROWS, of_file, idle_mib, image)
    model = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo").read())
    note = f"Median of {ROUNDS} rounds, {model[1] if model else 'unknown processor'}, processor time of the server with 64 connections, `scripts/check_deploy.sh figures`."
    text = "\n".join([*lines, "", note]) + "\n"
    (work / "table.md").write_text(text)
    print(text)
    report.holds("the table", work / "table.md")


def load(server, work, path, body):
    """Requests per second of processor time."""
    script = work / "post.lua"
    script.write_text(f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = {json.dumps(body)}\n')
    command = ("taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script, URL + path)
    before = processor_seconds(server)
    text = run(*command).stdout
    seconds = processor_seconds(server) - before
    if "Non-2xx" in text or "Socket errors" in text:
        raise Difference(f"requests failed: {text}")
    return int(re.search(r"(\d+) requests in", text)[1]) / seconds


def processor_seconds(process):
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{process}/task").glob("*/schedstat")) / 1e9


def predict(work, binary):
    """Rows of a CSV file per second of processor time, from the start of the process to its end."""
    rows = work / "rows.csv"
    if not rows.exists():
        numbers = random.Random(0)
        lines = (",".join(f"{numbers.uniform(0, 8):.1f}" for _ in NAMES) for _ in range(FILE_ROWS))
        rows.write_text("\n".join([",".join(NAMES), *lines]) + "\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(binary, "predict", "--threads", "1", "-o", work / "labels.csv", rows)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return FILE_ROWS / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def memory_mib(process):
    return int(re.search(r"VmRSS:\s+(\d+) kB", open(f"/proc/{process}/status").read())[1]) / 1024


def middle(numbers):
    return sorted(numbers)[len(numbers) // 2]


def notebook():
    """Requests per second of one process, which uses one core, and its memory."""
    text = (ROOT / "docs" / "performance.md").read_text()
    row = re.search(r"^\| notebook \(wsgiref\)\s*\|[^|]*\|\s*([\d,]+) MiB\s*\|\s*([\d,]+)\s*\|", text, re.MULTILINE)
    memory, requests = (int(word.replace(",", "")) for word in row.groups())
    return requests, memory


def table(requests, batch_rows, file_rows, idle_mib, image):
    their_requests, their_mib = notebook()
    cores, their_cores = math.ceil(WANTED / requests), math.ceil(WANTED / their_requests)
    machines, their_machines = (math.ceil(count / (CORES_OF_MACHINE * SHARE_TO_USE)) for count in (cores, their_cores))
    rows = [
        ("", "svcd", "the notebook as the server"),
        ("requests of one row in a second of one core", f"{requests:,.0f}", f"{their_requests:,}"),
        (f"rows in a second of one core, requests of {BATCH_ROWS:,} rows", f"{batch_rows:,.0f}", "-"),
        ("rows in a second of one core, a CSV file", f"{file_rows:,.0f}", "-"),
        ("memory of a process that waits", f"{idle_mib:.1f} MiB", f"{their_mib} MiB"),
        ("**for a million requests a second**: cores", f"{cores:,}", f"{their_cores:,}"),
        (f"machines of {CORES_OF_MACHINE} cores, half of each to spare", f"{machines:,}", f"{their_machines:,}"),
        (
            "memory for replicas",
            f"{machines:,} x {MEMORY_LIMIT_MIB} MiB = {machines * MEMORY_LIMIT_MIB / 1024:.2f} GiB",
            f"{their_cores:,} x {their_mib} MiB = {their_cores * their_mib / 1024:,.0f} GiB",
        ),
        (
            "images to pull, one a machine",
            f"{machines:,} x {image / 1e6:.1f} MB = {machines * image / 1e6:,.0f} MB",
            f"{their_machines:,} x 3.7 GB = {their_machines * NOTEBOOK_IMAGE_BYTES / 1e9:,.0f} GB",
        ),
    ]
    header, *others = [f"| {' | '.join(row)} |" for row in rows]
    return [header, "| --- | --- | --- |", *others]
