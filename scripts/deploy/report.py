"""What was tried, and what the trials have in common."""

import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
WORK = ROOT / "target" / "deploy"

# A row of the embedded iris model, its label, and the same as the notebook's request has it.
ROW = [5.1, 3.5, 1.4, 0.2]
NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
RECORD = dict(zip(NAMES, ROW, strict=True))


class Difference(Exception):
    """Something is not as it is said to be."""


class Report:
    """A line on standard output for each thing that holds."""

    def part(self, name):
        print(f"{name}", flush=True)

    def holds(self, what, figure=""):
        print(f"  {what}{': ' if figure != '' else ''}{figure}", flush=True)

    def equal(self, what, found, expected):
        if found != expected:
            raise Difference(f"{what}: expected {expected!r}, found {found!r}")
        self.holds(what, found if isinstance(found, int | str) and len(str(found)) < 60 else "")

    def true(self, what, holds, figure=""):
        if not holds:
            raise Difference(f"{what}: {figure}" if figure != "" else what)
        self.holds(what, figure)


def run(*command, check=True, **more):
    """The output of a command; its own words if it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if check and done.returncode != 0:
        raise Difference(f"`{' '.join(map(str, command))}` ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done


def need(program, package):
    if shutil.which(program) is None:
        raise Difference(f"`{program}` is not installed: {package}")


def eventually(what, seconds, holds):
    """Waits until `holds` gives something, and gives it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.1)
    raise Difference(f"{what}: not within {seconds} s")


def folder(name):
    """An empty folder."""
    path = WORK / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path
