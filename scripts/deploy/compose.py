"""Two replicas with docker-compose: ports from a range, and no fixed container names."""

import os

import requests
from report import RECORD, ROOT, eventually, need, run

PORTS = (18_670, 18_671)


def check(report, options):
    need("docker-compose", "apt-get install docker-compose")
    environment = os.environ | {"SVCD_PUBLISH": f"127.0.0.1:{PORTS[0]}-{PORTS[1]}", "COMPOSE_PROJECT_NAME": "svcd-deploy"}
    try:
        run("docker-compose", "up", "-d", "--scale", "svcd=2", cwd=ROOT, env=environment)
        for port in PORTS:
            eventually(f"an answer on port {port}", 20, lambda port=port: answers(port))
        report.holds("replicas that answer, each on its port", len(PORTS))
    finally:
        run("docker-compose", "down", cwd=ROOT, env=environment, check=False)


def answers(port):
    try:
        return requests.post(f"http://127.0.0.1:{port}", json=RECORD, timeout=2).json() == {"val": 0}
    except requests.RequestException:
        return False
