"""The servers in the comparison. Another one is another function here, and its line in PEERS."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
# virtual environments, the model, logs; nothing is written elsewhere
WORK = ROOT / "target" / "bench"
FEATURES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")


@dataclass(frozen=True)
class Peer:
    """A server that answers the notebook's request.

    command:  started in WORK, where the model lies as `model` (the notebook's pickle) and `iris.json`; `{port}` is the
              port on 127.0.0.1
    versions: what is in it, for the report
    note:     what a reader of its figures should know
    """

    name: str
    command: tuple[str, ...]
    versions: str
    note: str


def svcd(options):
    binary = options.svcd
    if binary is None:
        # what the image has in it
        run([str(SCRIPTS / "build_image.sh"), "--binary-only"])
        binary = ROOT / "target" / "image" / "svcd"
    binary = str(binary.resolve())
    # a pickle of a classifier that was fitted on an array has no names
    command = (binary, "serve", "--model", "model", "--feature-names", ",".join(FEATURES), "--port", "{port}")
    return Peer("svcd", command, output([binary, "--version"]), "the notebook's own pickle, default settings")


def notebook(options):
    note = "HTTP/1.0, one connection at a time, closed after each answer: wrk opens a new one for each request"
    return papermill("notebook (wsgiref)", "main.ipynb", note, "papermill", "ipykernel")


def notebook_asgi(options):
    note = "the newest uvicorn that still starts inside a notebook"
    return papermill("notebook (uvicorn)", "main_asgi.ipynb", note, "papermill", "uvicorn", "nest_asyncio")


def papermill(name, file, note, *packages):
    python = virtual_environment("notebook", SCRIPTS / "notebook" / "requirements.txt")
    command = [str(python.with_name("papermill")), str(SCRIPTS / "notebook" / file), "out.ipynb"]
    command += ["--parameters", "host", "127.0.0.1", "--parameters", "port", "{port}"]
    return Peer(name, tuple(command), versions(python, *packages, "scikit-learn", "numpy"), note)


def fastapi(options):
    return uvicorn("FastAPI", 1, "one process, uvloop and httptools, no access log")


def fastapi_workers(options):
    workers = max(2, os.cpu_count())
    return uvicorn(f"FastAPI x{workers}", workers, f"the same with {workers} worker processes")


def uvicorn(name, workers, note):
    folder = SCRIPTS / "peers" / "fastapi"
    python = virtual_environment("fastapi", folder / "requirements.txt")
    # no access log: the fastest way to run it, and svcd writes none either
    command = [str(python.with_name("uvicorn")), "app:app", "--app-dir", str(folder), "--port", "{port}"]
    command += ["--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    packages = ("fastapi", "uvicorn", "uvloop", "httptools", "scikit-learn", "numpy")
    return Peer(name, tuple(command), versions(python, *packages), note)


# the first one that takes part is what the others are compared with
PEERS = {
    "svcd": svcd,
    "notebook": notebook,
    "notebook-asgi": notebook_asgi,
    "fastapi": fastapi,
    "fastapi-workers": fastapi_workers,
}


def train_model():
    """Writes `model` and `iris.json` into WORK: the notebook's first step."""
    train = ["uv", "run", "--quiet", "--no-project", str(SCRIPTS / "train_iris.py")]
    run([*train, "--model", str(WORK / "model"), "--output", str(WORK / "iris.json")])


def virtual_environment(name, requirements):
    """Interpreter of a virtual environment with the pinned packages; made anew when the pins have changed."""
    folder = WORK / f"venv-{name}"
    stamp, pins = folder / "requirements.txt", requirements.read_text()
    python = folder / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != pins:
        run(["uv", "venv", "--quiet", "--clear", "--python", ">=3.11", str(folder)])
        # bytecode now, or the first start would pay for it
        install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
        run([*install, "--requirement", str(requirements)])
        stamp.write_text(pins)
    return python


def versions(python, *packages):
    code = "import importlib.metadata as m, json, platform, sys; "
    code += "print(json.dumps([platform.python_version()] + [m.version(name) for name in sys.argv[1:]]))"
    found = json.loads(output([str(python), "-c", code, *packages]))
    return ", ".join(f"{name} {version}" for name, version in zip(("Python", *packages), found, strict=True))


def run(command):
    print(f"$ {' '.join(command)}", file=sys.stderr)
    subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=True)


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
