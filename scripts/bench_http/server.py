"""One running server: its start up to the first answer, its memory, its processor time, its end.

Linux only: processes are read from /proc.
"""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from asking import ROWS
from peer import WORK, Trouble

# how a server and its load share the cores
WAYS = {
    "shared": "server and load share all cores",
    "pinned": "server and load have a core each, the server one event loop",
}
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 10


class Server:
    """A started server, stopped on leaving the `with` block. `way`: one of WAYS."""

    def __init__(self, peer, port, way="shared"):
        self.peer, self.port, self.way = peer, port, way
        self.log = WORK / f"{re.sub('[^a-z0-9]+', '-', peer.name.lower())}.log"
        command = [self.with_port(part) for part in (peer.one_loop if way == "pinned" else peer.command)]
        own, self.load_core = two_cores() if way == "pinned" else (None, None)
        for path, text in peer.files.items():
            (WORK / path).parent.mkdir(exist_ok=True)
            (WORK / path).write_text(self.with_port(text))
        with open(self.log, "wb") as log:
            began = time.perf_counter()
            files = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            self.process = subprocess.Popen([*on_core(own), *command], cwd=WORK, **files)
        try:
            self.await_first_answer(began)
        except BaseException:
            self.stop()
            raise
        self.start_s = time.perf_counter() - began

    @property
    def one_row(self):
        """The form in which it is asked for one row."""
        return self.peer.forms[0]

    def with_port(self, text):
        return text.replace("{port}", str(self.port))

    def await_first_answer(self, began):
        request = self.one_row.ask(ROWS[:1]).bytes()
        while not answers(self.port, request, self.one_row):
            elapsed = time.perf_counter() - began
            if self.process.poll() is not None:
                raise Trouble(f"{self.peer.name} ended before it answered, see {self.log}")
            if elapsed > START_SECONDS_MAX:
                raise Trouble(f"{self.peer.name} did not answer within {START_SECONDS_MAX} s, see {self.log}")
            # a pause of a hundredth of the time so far: exact for fast starts, no load beside slow ones
            time.sleep(max(0.0002, elapsed / 100))

    def labels(self, form, rows):
        """Answer to each row of one request."""
        request = form.ask(rows)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", request.path, request.content, request.fields)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        if answer.status != 200:
            raise Trouble(
                f"{self.peer.name} answered {answer.status} to {len(rows)} rows from {rows[0]} as {form.name}"
            )
        return form.labels(answer.headers, content)

    def resident_bytes(self):
        """Resident memory of all processes of the server; pages that they share are counted once."""
        private, shared = 0, 0
        for pid in tree(self.process.pid):
            pages = dict(re.findall(r"^(\w+): +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
            private += int(pages["Private_Clean"]) + int(pages["Private_Dirty"])
            shared = max(shared, int(pages["Shared_Clean"]) + int(pages["Shared_Dirty"]))
        return (private + shared) << 10

    def processor_seconds(self):
        """User and system time so far, of all processes of the server."""
        ticks = 0
        for pid in tree(self.process.pid):
            fields = stat_fields(pid)
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        # papermill's kernel has a session of its own, so the tree is read before its root ends
        pids = tree(self.process.pid)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in pids:
                kill(pid, number)
            deadline = time.monotonic() + STOP_SECONDS_MAX
            while time.monotonic() < deadline:
                self.process.poll()
                pids = [pid for pid in pids if alive(pid)]
                if not pids:
                    return
                time.sleep(0.002)
        raise Trouble(f"{self.peer.name} could not be stopped: processes {pids}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def two_cores():
    """One for the server, and one for the load."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        raise Trouble("expected a core for the server and one for the load, found one core: see --no-pinned")
    return cores[:2]


def on_core(core):
    """What a command begins with that has to stay on a core; nothing for None."""
    return [] if core is None else ["taskset", "--cpu-list", str(core)]


def answers(port, request, form):
    """Whether the server answers 200 with a label; False also while nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request)
            return read_answer(connection, form)
    except OSError:
        return False


def read_answer(connection, form):
    received = b""
    while piece := connection.recv(4096):
        received += piece
        if form.answered.search(received):
            return received[8:13] == b" 200 "
    return False


def free_ports(first):
    """Ports from `first` on that nobody listens on. Below the range of outgoing connections, so wrk cannot take one."""
    for port in range(first, 32_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield port
    raise Trouble(f"no free port left from {first} on")


def tree(root):
    """The process and all its descendants that are alive."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root] if alive(root) else []
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def stat_fields(pid):
    """Fields of /proc/PID/stat from the state on (its number 3), or nothing when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def alive(pid):
    fields = stat_fields(pid)
    return bool(fields) and fields[0] not in "ZX"


def kill(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
