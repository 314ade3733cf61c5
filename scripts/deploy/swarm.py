"""deploy/swarm/stack.yml in a swarm with one node: a start, a rolling update, and a rollback from an image that does not start.

Ports are published on free ports of the host: the routing mesh needs a kernel module that a test machine may lack.
"""

import os
import re
import subprocess

import requests
from report import DEPLOY, RECORD, eventually, run

STACK = "svcd_deploy"
SERVICE = f"{STACK}_svcd"
NEXT, BROKEN = "svcd:deploy-next", "svcd:deploy-broken"
REPLICAS = 3


def check(report, options):
    was_swarm = run("docker", "info", "--format", "{{.Swarm.LocalNodeState}}").stdout.strip() == "active"
    if not was_swarm:
        run("docker", "swarm", "init", "--advertise-addr", "127.0.0.1")
    build(NEXT, f"FROM {options.image}\nENV SVCD_MODEL_NAME=next\n")
    # no such file: it ends at once
    build(BROKEN, f"FROM {options.image}\nENV SVCD_MODEL=/nothing\n")
    try:
        stack(options.image)
        eventually("three replicas answer", 60, lambda: len(models()) == REPLICAS)
        report.equal("the stack's replicas answer", sorted(set(models())), ["iris"])
        (task,) = run("docker", "ps", "--quiet", "--latest", "--filter", f"label=com.docker.swarm.service.name={SERVICE}").stdout.split()
        read_only = run("docker", "inspect", "--format", "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Memory}}", task).stdout
        report.equal("read-only, without capabilities, with a limit", read_only.strip(), f"true [ALL] {128 << 20}")

        stack(NEXT)
        eventually("the rolling update", 120, lambda: state() == "completed" and sorted(models()) == ["next"] * REPLICAS)
        report.holds("a rolling update to the next image")

        stack(BROKEN)
        fewest = [REPLICAS]
        eventually("the rollback", 180, lambda: (fewest.append(len(models())), state() == "rollback_completed")[1])
        report.true("an image that does not start is rolled back", sorted(models()) == ["next"] * REPLICAS)
        report.equal("meanwhile answered, at the fewest", min(fewest), REPLICAS)
    finally:
        run("docker", "stack", "rm", STACK, check=False)
        eventually("the stack is gone", 60, lambda: not tasks())
        if not was_swarm:
            run("docker", "swarm", "leave", "--force", check=False)
        run("docker", "image", "rm", NEXT, BROKEN, check=False)


def build(tag, text):
    subprocess.run(["docker", "build", "--quiet", "--tag", tag, "-"], input=text, text=True, check=True, capture_output=True)


def stack(image):
    environment = os.environ | {"SVCD_IMAGE": image, "SVCD_PUBLISH": "host", "SVCD_PORT": "0", "SVCD_REPLICAS": str(REPLICAS)}
    run("docker", "stack", "deploy", "--resolve-image", "never", "--detach=true", "-c", DEPLOY / "swarm" / "stack.yml", STACK, env=environment)


def state():
    return run("docker", "service", "inspect", "--format", "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}", SERVICE).stdout.strip()


def tasks():
    return run("docker", "ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={SERVICE}").stdout.split()


def models():
    """The name of the model that each replica which answers serves."""
    found = []
    for task in tasks():
        port = re.search(r":(\d+)$", run("docker", "port", task, "8000/tcp", check=False).stdout.strip(), re.M)
        if port is None:
            continue
        url = f"http://127.0.0.1:{port[1]}"
        try:
            if requests.post(url, json=RECORD, timeout=2).json() == {"val": 0}:
                found += re.findall(r'svcd_model_info\{name="([^"]*)"', requests.get(f"{url}/metrics", timeout=2).text)
        except requests.RequestException:
            continue
    return found
