"""The compiled servers: svcd, the Rust frameworks of scripts/peers/rust, and two that answer with a constant."""

import functools
import os
import shutil
import subprocess
import tomllib

from asking import FEATURES, NOTEBOOK, V2_BINARY, V2_JSON
from peer import ROOT, SCRIPTS, WORK, Peer, Trouble, output, run

RUST = SCRIPTS / "peers" / "rust"


def svcd(options):
    binary = options.svcd
    if binary is None:
        # what the image has in it
        run([str(SCRIPTS / "build_image.sh"), "--binary-only"])
        binary = ROOT / "target" / "image" / "svcd"
    binary = str(binary.resolve())
    # a pickle of a classifier that was fitted on an array has no names; the name is the one in the v2 path
    command = [binary, "serve", "--model", "model", "--model-name", "iris", "--feature-names", ",".join(FEATURES)]
    return Peer(
        "svcd",
        (*command, "--port", "{port}"),
        output([binary, "--version"]),
        "the notebook's own pickle, default settings",
        forms=(NOTEBOOK, V2_JSON, V2_BINARY),
    )


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
    return Peer(name, command, locked_versions(*packages), note, constant=constant)


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
worker_processes CORES;
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
    return Peer(
        "(constant, nginx)",
        (binary, "-p", str(WORK / "nginx"), "-c", "nginx.conf"),
        told.strip().removeprefix("nginx version: "),
        f"`return 200`, {os.cpu_count()} workers, no access log, connections never closed",
        constant=True,
        files={"nginx/nginx.conf": NGINX_CONF.replace("CORES", str(os.cpu_count()))},
    )
