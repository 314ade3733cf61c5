"""The server under test: svcd as a process that can be signalled, watched and awaited."""

import os
import re
import socket
import subprocess
import time
from pathlib import Path

from asking import FEATURES, NOTEBOOK, ROWS
from peer import ROOT, WORK, Peer, Trouble
from server import START_SECONDS_MAX, Server, stat_fields

MODEL = ROOT / "model.bin"
PORT_FIRST = 18_400
ROW = (6.1, 2.9, 4.6, 1.4)
LABEL = 1
# what wrk sends
REQUEST = NOTEBOOK.ask(ROWS[:1])


def binary(options):
    """The binary to test: the one that is named, or what the image has in it."""
    if options.svcd is None:
        WORK.mkdir(parents=True, exist_ok=True)
        subprocess.run([ROOT / "scripts" / "build_image.sh", "--binary-only"], check=True, stdout=subprocess.DEVNULL)
        return str(ROOT / "target" / "image" / "svcd")
    return str(options.svcd.resolve())


def image_environment():
    """The variables that concern memory, as the image has them."""
    found = re.findall(r"^ENV (GLIBC_TUNABLES)=(\S+)$", (ROOT / "Dockerfile.scratch").read_text(), re.M)
    return dict(found)


class Target(Server):
    """svcd with these arguments, behind a command that runs it (`wrapper`), or another `command`; killed on leaving the `with`
    block.
    """

    def __init__(self, svcd, port, *arguments, wrapper=(), name="hard", command=None):
        WORK.mkdir(parents=True, exist_ok=True)
        command = command or (*wrapper, svcd, "serve", "--port", "{port}", *arguments)
        super().__init__(Peer(f"svcd {name}", command, "", ""), port)

    def await_first_answer(self, began):
        # the notebook's row, which the benchmark asks with, suits one model only
        while not self.is_alive():
            if not self.is_running():
                raise Trouble(f"the server ended before it answered, see {self.log}")
            if time.perf_counter() - began > START_SECONDS_MAX:
                raise Trouble(f"the server did not answer within {START_SECONDS_MAX} s, see {self.log}")
            time.sleep(0.002)

    def is_alive(self, seconds=10):
        """Whether a new connection gets its answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
                connection.settimeout(seconds)
                connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return b" 200 " in connection.recv(4096)
        except OSError:
            return False

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait(self, at_most):
        """The exit code, and the seconds until it came."""
        began = time.perf_counter()
        try:
            code = self.process.wait(at_most)
        except subprocess.TimeoutExpired:
            raise Trouble(f"the server did not end within {at_most} s, see {self.log}") from None
        return code, time.perf_counter() - began

    def is_running(self):
        return self.process.poll() is None

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_kib(self):
        return self.status("VmRSS")

    def status(self, name):
        """A number of /proc/PID/status."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise Trouble(f"/proc/{self.process.pid}/status has no {name}")

    def at_rest(self):
        """Memory (KiB) and descriptors, once the connections of earlier requests are gone."""
        last = None
        while last != (last := self.descriptors()):
            time.sleep(0.1)
        return self.resident_kib(), last

    def settled(self, resident_kib, descriptors, seconds=10):
        """Memory (KiB) and descriptors more than these, once they have come down or the time is over."""
        end = time.monotonic() + seconds
        while self.descriptors() > descriptors and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2)
        return self.resident_kib() - resident_kib, self.descriptors() - descriptors

    def processor_share(self, seconds):
        """Part of one core that the process uses in the next seconds."""
        before = self.processor_seconds()
        time.sleep(seconds)
        return (self.processor_seconds() - before) / seconds

    def processor_seconds(self):
        # this process alone: it starts no other
        fields = stat_fields(self.process.pid)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


__all__ = ["FEATURES", "LABEL", "MODEL", "PORT_FIRST", "ROOT", "ROW", "WORK", "Target", "Trouble", "binary", "image_environment"]
