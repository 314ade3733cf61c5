"""What the checks need of svcd: the program, compiled, and servers of it. A plain module, for scripts with any packages."""

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# For a server to stop, in seconds.
STOP_SECONDS_MAX = 20


def compiled():
    """The svcd of this folder."""
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
    return str(ROOT / "target" / "release" / "svcd")


@contextmanager
def serving(binary, *arguments):
    """A server on a free port of the loopback; gives its address, as http://HOST:PORT."""
    process, url = start(binary, *arguments)
    try:
        yield url
    finally:
        stop(process)


def start(binary, *arguments):
    """Process and address of a server, which has to be stopped."""
    command = [binary, "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, env={}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = process.stdout.readline()
    if "http://" not in line:
        stop(process)
        sys.exit(f"error: failed to start `{binary}`: expected the line with its address, found {line!r}")
    return process, "http://" + line.split("http://")[1].split()[0]


def stop(process):
    process.terminate()
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
