"""A server in the comparison, and what is needed to make one of any kind."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asking import NOTEBOOK, Form

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
# virtual environments, built servers, the model, logs; nothing is written elsewhere
WORK = ROOT / "target" / "bench"


class Trouble(Exception):
    """Ends the run with one line."""


@dataclass(frozen=True)
class Peer:
    """A server that takes part.

    command:  started in WORK, where the model lies as `model` (the notebook's pickle) and `iris.json`; `{port}` is the
              port on 127.0.0.1
    versions: what is in it, for the report
    note:     what a reader of its figures should know
    forms:    how it can be asked; one row is asked for in the first of them
    one_loop: the command that gives it one event loop on a core of its own; None where it always has more
    model:    what it serves; only answers and figures of one model are compared
    constant: answers the same to everything: a bound, no predictor
    files:    path in WORK -> text, written before each start; `{port}` as above
    """

    name: str
    command: tuple[str, ...]
    versions: str
    note: str
    forms: tuple[Form, ...] = (NOTEBOOK,)
    one_loop: tuple[str, ...] | None = None
    model: str = "iris"
    constant: bool = False
    files: Mapping[str, str] = field(default_factory=dict, hash=False)


def in_turn(items, round_number):
    """Another one goes first in each round, so that a machine that gets slower or faster favours none."""
    first = (round_number - 1) % len(items)
    return items[first:] + items[:first]


def run(command, **options):
    print(f"$ {' '.join(command)}", file=sys.stderr)
    subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=True, **options)


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
