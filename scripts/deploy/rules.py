"""Runs the tests of the Prometheus rules, and checks that a server's /metrics has every metric that the rules or the dashboard name."""

import json
import re
import subprocess

import requests
from prometheus_client.parser import text_string_to_metric_families
from report import DEPLOY, Difference, eventually, need, run

PORT = 18_630
# Not svcd's own.
OTHERS = {"up"}


def check(report, options):
    need("promtool", "apt-get install prometheus")
    folder = DEPLOY / "prometheus"
    run("promtool", "check", "rules", folder / "rules.yml")
    run("promtool", "test", "rules", folder / "tests.yml")
    report.holds("the rules' own tests")
    there = samples(options.binary, "iris") | samples(options.binary, "regression")
    used = named((folder / "rules.yml").read_text())
    report.true("metrics in the rules are there", used <= there | OTHERS, sorted(used - there - OTHERS) or len(used))
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    used = named("\n".join(expressions))
    report.true("metrics on the dashboard are there", used <= there, sorted(used - there) or len(used))
    ids = [panel["id"] for panel in dashboard["panels"]]
    report.equal("panels have ids of their own", len(set(ids)), len(ids))
    for expression in expressions:
        parsed(expression)
    report.holds("the dashboard's expressions can be read", len(expressions))


def named(text):
    """The metrics that a text names. A recorded one (`job:svcd_..`) is a rule's, not the server's."""
    return set(re.findall(r"(?<![:\w])((?:svcd|process)_\w+|up(?=\{))", text))


def parsed(expression):
    """Has promtool read an expression, in place of Grafana's variables something that could be there."""
    text = expression.replace("$__rate_interval", "5m").replace("$job", "svcd").replace("$instance", ".*")
    rule = json.dumps({"groups": [{"name": "panel", "rules": [{"record": "panel", "expr": text}]}]})
    done = subprocess.run(["promtool", "check", "rules", "/dev/stdin"], input=rule, capture_output=True, text=True)
    if done.returncode != 0:
        raise Difference(f"`{expression}`: {done.stdout}{done.stderr}")


def samples(binary, target):
    """Names of the samples of a server that has answered one request."""
    model = [] if target == "iris" else ["--model", str(DEPLOY.parent / "tests/fixtures/libsvm/nu_svr_rbf.model")]
    command = [str(binary), "--port", str(PORT), *model]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{PORT}"
            eventually("an answer", 10, lambda: reachable(url))
            width = requests.get(f"{url}/v2/models/{name(url)}", timeout=5).json()["inputs"][0]["shape"][1]
            requests.post(f"{url}/invocations", json={"instances": [[1.0] * width]}, timeout=5).raise_for_status()
            text = requests.get(f"{url}/metrics", timeout=5).text
        finally:
            server.terminate()
    return {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}


def name(url):
    (model,) = re.findall(r'svcd_model_info\{name="([^"]*)"', requests.get(f"{url}/metrics", timeout=5).text)
    return model


def reachable(url):
    try:
        return requests.get(f"{url}/readyz", timeout=1).ok
    except requests.ConnectionError:
        return False
