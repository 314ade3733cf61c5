"""The compiled servers: svcd, the Rust frameworks of scripts/peers/rust, and two that answer with a constant."""

import functools
import json
import os
import re
import shutil
import subprocess
import tomllib

from asking import FEATURES, NOTEBOOK, V2_BINARY, V2_JSON, Form, Request
from peer import ROOT, SCRIPTS, WORK, Peer, Trouble, output, run

RUST = SCRIPTS / "peers" / "rust"


def svcd(options):
    # a pickle of a classifier that was fitted on an array has no names; the name is the one in the v2 path
    flags = ("--model", "model", "--model-name", "iris", "--feature-names", ",".join(FEATURES))
    note = "the notebook's own pickle, default settings"
    return serving(options, "svcd", flags, note, forms=(NOTEBOOK, V2_JSON, V2_BINARY))


def svcd_table(options):
    note = "an SVC of numbers and categories, some missing, in a pipeline"
    return other_model(options, "table", rb"(?:died|survived)", note)


def svcd_text(options):
    return other_model(options, "text", rb"topic\d", "TF-IDF of 20,000 words and a LinearSVC, asked with 20 words")


def other_model(options, name, label, note):
    """svcd with one of the models of tables_data.py, asked for one row of its own."""
    write_other_models()
    content = (WORK / f"{name}.json").read_bytes()
    ask = lambda _: Request("/", "application/json", content)
    labels = lambda _, content: [json.loads(content)["val"]]
    form = Form("POST /", ask, labels, re.compile(rb'\{"val": ?"' + label))
    return serving(options, f"svcd, {name}", ("--model", f"{name}.pkl"), note, forms=(form,), model=name)


@functools.cache
def write_other_models():
    script = SCRIPTS / "bench_http" / "tables_data.py"
    run(["uv", "run", "--quiet", "--no-project", str(script), "models", str(WORK)])


def serving(options, name, flags, note, **more):
    binary = svcd_binary(options)
    command = (binary, "serve", *flags, "--port", "{port}")
    return Peer(name, command, output([binary, "--version"]), note, one_loop=(*command, "--workers", "1"), **more)


def svcd_binary(options):
    """The one that is named, or what the image has in it."""
    if options.svcd is None:
        run([str(SCRIPTS / "build_image.sh"), "--binary-only"])
        options.svcd = ROOT / "target" / "image" / "svcd"
    return str(options.svcd.resolve())


def actix(options):
    return rust("actix-web", "actix", "one worker for each physical core, its default", "actix-web", "actix-http")


def axum(options):
    return rust("axum", "axum", "tokio with a thread for each core, its default", "axum", "hyper", "tokio")


def hyper(options):
    return rust("hyper", "hyper", "without a framework, tokio as for axum", "hyper", "tokio")


def may_minihttp(options):
    return rust("may_minihttp", "may_minihttp", "coroutines on a thread for each core", "may_minihttp", "may")


def tiny_http(options):
    return rust("tiny_http", "tiny_http", "a thread for each connection, handlers on one for each core", "tiny_http")


def ceiling(options):
    note = (
        "no server: an epoll loop for each core answers every read with the same bytes, the bound for sockets and wrk"
    )
    return rust("(constant, epoll)", "ceiling", note, constant=True)


def rust(name, binary, note, *packages, constant=False):
    command = (str(built_rust_peers() / binary), "{port}", *([] if constant else ["model"]))
    # each has a loop for each core that it may use
    return Peer(name, command, locked_versions(*packages), note, one_loop=command, constant=constant)


@functools.cache
def built_rust_peers():
    target = WORK / "rust"
    build = ["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", str(RUST / "Cargo.toml")]
    run(build, env=os.environ | {"CARGO_TARGET_DIR": str(target)})
    return target / "release"


def locked_versions(*packages):
    """As in the lock file, of packages that are in it once."""
    locked = tomllib.loads((RUST / "Cargo.lock").read_text())["package"]
    versions = {package["name"]: package["version"] for package in locked}
    # by the compiler that runs in that folder
    compiler = subprocess.run(
        ["rustc", "--version"], cwd=RUST, capture_output=True, text=True, check=True
    ).stdout.split()
    return ", ".join([f"rustc {compiler[1]}", *(f"{name} {versions[name]}" for name in packages)])


NGINX_CONF = """
daemon off;
error_log stderr;
pid nginx.pid;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {
        listen 127.0.0.1:{port} backlog=4096;
        location / { return 200 '{"val": 0}'; }
    }
}
"""


def nginx(options):
    # Debian keeps it out of the PATH of ordinary users
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        raise Trouble("nginx is not installed; apt-get install nginx-light, or leave it out: see --peers")
    told = subprocess.run([binary, "-v"], capture_output=True, text=True, check=True).stderr
    command = lambda workers: (binary, "-p", str(WORK / "nginx"), "-c", "nginx.conf", "-g", f"worker_processes {workers};")
    return Peer(
        "(constant, nginx)",
        command(os.cpu_count()),
        told.strip().removeprefix("nginx version: "),
        f"`return 200`, {os.cpu_count()} workers, no access log, connections never closed",
        one_loop=command(1),
        constant=True,
        files={"nginx/nginx.conf": NGINX_CONF},
    )
