"""Three replicas behind HAProxy, under load: one is killed, one cut off, one paused, all rolled to a new model.

Requests that HAProxy may send again must not fail at all. Batches, which it sends once, may: those are counted.
"""

import json
import os
import re
import subprocess
import threading
import time

import requests
from report import DEPLOY, RECORD, ROW, eventually, folder, need, run

NETWORK, SUBNET = "svcd-deploy", "172.30.63.0/24"
ADDRESSES = [f"172.30.63.{11 + number}" for number in range(3)]
PORT = 18_650
URL = f"http://127.0.0.1:{PORT}"
CONNECTIONS = 16
SECONDS, SECONDS_SHORT = 10, 6
# 5,000 rows are above 32 KiB, from which on HAProxy sends a request once.
BATCH = json.dumps({"instances": [ROW] * 5_000}).encode()


def check(report, options):
    need("haproxy", "apt-get install haproxy")
    need("wrk", "apt-get install wrk")
    work = folder("balanced")
    seconds = SECONDS_SHORT if options.short else SECONDS
    (work / "post.lua").write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = ' + json.dumps(json.dumps(RECORD)) + "\n"
    )
    run("docker", "network", "rm", NETWORK, check=False)
    run("docker", "network", "create", "--subnet", SUBNET, NETWORK)
    try:
        replicas = [Replica(number, address, options.image) for number, address in enumerate(ADDRESSES)]
        for replica in replicas:
            replica.start()
        with haproxy(work) as proxy:
            eventually("an answer through HAProxy", 20, answers)
            try:
                for what, fault, mend in (
                    ("no fault", lambda: None, lambda: None),
                    ("one is killed", replicas[0].kill, replicas[0].start),
                    ("one is cut off", replicas[1].cut, replicas[1].join),
                    ("one is paused", replicas[2].pause, replicas[2].go_on),
                    ("all are rolled", lambda: [replica.roll() for replica in replicas], lambda: None),
                ):
                    trial(report, work, seconds, what, fault)
                    mend()
                    eventually("all three are up again", 30, lambda: all(requests_to(replica) for replica in replicas))
                    time.sleep(2)
            finally:
                proxy.terminate()
    finally:
        for number in range(3):
            run("docker", "rm", "--force", f"{NETWORK}-{number}", check=False)
        run("docker", "network", "rm", NETWORK, check=False)


class Replica:
    def __init__(self, number, address, image):
        self.name, self.address, self.image = f"{NETWORK}-{number}", address, image

    def start(self):
        run("docker", "rm", "--force", self.name, check=False)
        flags = ["--read-only", "--memory", "128m", "--network", NETWORK, "--ip", self.address]
        flags += ["--env", "SVCD_BUFFERED_BYTES_MAX=64MiB", "--env", "SVCD_DRAIN_DELAY=3s"]
        run("docker", "run", "--detach", "--name", self.name, *flags, self.image)
        eventually(f"{self.name} answers", 20, lambda: requests_to(self))

    def kill(self):
        run("docker", "kill", "--signal", "KILL", self.name)

    def cut(self):
        run("docker", "network", "disconnect", NETWORK, self.name)

    def join(self):
        run("docker", "network", "connect", "--ip", self.address, NETWORK, self.name)

    def pause(self):
        run("docker", "kill", "--signal", "STOP", self.name)

    def go_on(self):
        run("docker", "kill", "--signal", "CONT", self.name)

    def roll(self):
        """Stops it as an engine does, and starts the next one in its place."""
        run("docker", "stop", "--time", "15", self.name)
        self.start()
        time.sleep(2)


def requests_to(replica):
    try:
        return requests.get(f"http://{replica.address}:8000/readyz", timeout=1).ok
    except requests.RequestException:
        return False


def haproxy(work):
    environment = os.environ | {f"SVCD_{number + 1}": f"{address}:8000" for number, address in enumerate(ADDRESSES)}
    environment |= {"HAPROXY_BIND": f"127.0.0.1:{PORT}", "HAPROXY_SOCKET": str(work / "haproxy.sock")}
    log = (work / "haproxy.log").open("w")
    return subprocess.Popen(["haproxy", "-f", DEPLOY / "haproxy" / "haproxy.cfg"], env=environment, stdout=log, stderr=log)


def answers():
    try:
        return requests.post(URL, json=RECORD, timeout=2).json() == {"val": 0}
    except requests.RequestException:
        return False


def trial(report, work, seconds, what, fault):
    """Load for so long, and longer if the fault takes longer."""
    batches = Batches()
    batches.start()
    stop = threading.Event()
    faulty = threading.Thread(target=lambda: (time.sleep(2), fault(), stop.set()))
    faulty.start()
    rounds, failed = 0, 0
    while rounds == 0 or not stop.is_set():
        done, wrong = load(work, seconds)
        rounds, failed = rounds + done, failed + wrong
    faulty.join()
    batches.end()
    report.equal(f"{what}: of {rounds:,} requests that may be sent again failed", failed, 0)
    report.holds(f"{what}: of {batches.count} batches, which are sent once, failed", batches.told())
    report.true(f"{what}: no wrong answer", batches.wrong == 0)


def load(work, seconds):
    command = ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s", "-s", work / "post.lua", URL)
    text = run(*command).stdout
    count = int(re.search(r"(\d+) requests in", text)[1])
    wrong = [int(number) for number in re.findall(r"Non-2xx or 3xx responses: (\d+)", text)]
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return count, sum(wrong) + (sum(map(int, errors.groups())) if errors else 0)


class Batches(threading.Thread):
    """Sends one batch after the other, and tells how those that failed did."""

    def __init__(self):
        super().__init__()
        self.count, self.wrong, self.failures, self.ending = 0, 0, {}, False

    def run(self):
        while not self.ending:
            self.count += 1
            try:
                answer = requests.post(f"{URL}/v1/models/iris:predict", BATCH, headers={"Content-Type": "application/json"}, timeout=30)
                failure = None if answer.ok else f"status {answer.status_code}"
                self.wrong += answer.ok and answer.json() != {"predictions": [0] * 5_000}
            except requests.RequestException as error:
                failure = type(error).__name__
            if failure:
                self.failures[failure] = self.failures.get(failure, 0) + 1
            time.sleep(0.02)

    def end(self):
        self.ending = True
        self.join()

    def told(self):
        return ", ".join(f"{count} ({failure})" for failure, count in self.failures.items()) or "0"
