"""The servers in Python, each in a virtual environment with pinned packages."""

import json
import os

from asking import V2_JSON
from peer import SCRIPTS, WORK, Peer, output, run


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
    return Peer(name, tuple(command), versions(python, *packages, "scikit-learn", "numpy"), note, one_loop=tuple(command))


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
    one_loop = tuple(command) if workers == 1 else None
    packages = ("fastapi", "uvicorn", "uvloop", "httptools", "scikit-learn", "numpy")
    return Peer(name, tuple(command), versions(python, *packages), note, one_loop=one_loop)


def mlserver(options):
    python = virtual_environment("mlserver", SCRIPTS / "peers" / "mlserver" / "requirements.txt")
    settings = {
        "host": "127.0.0.1",
        "grpc_port": 0,  # any free one: it cannot be switched off
        "metrics_endpoint": None,
        "debug": False,
        # its default is one process for inference besides the one that serves
        "parallel_workers": os.cpu_count(),
    }
    model = {
        "name": "iris",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": "../model.pickle"},
    }
    return Peer(
        "MLServer",
        ("env", "MLSERVER_HTTP_PORT={port}", str(python.with_name("mlserver")), "start", "mlserver"),
        versions(python, "mlserver", "mlserver-sklearn", "uvicorn", "uvloop", "scikit-learn", "numpy"),
        f"its scikit-learn runtime, {os.cpu_count()} inference processes; asked in v2 JSON, as it answers no `POST /`",
        forms=(V2_JSON,),
        files={"mlserver/settings.json": json.dumps(settings), "mlserver/model-settings.json": json.dumps(model)},
    )


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
