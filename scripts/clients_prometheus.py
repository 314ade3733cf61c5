"""Scrapes svcd as Prometheus does: prometheus_client parses its text, and promtool lints it if it is installed.

A plain module for check_clients.py.
"""

import shutil
import subprocess

import numpy as np
import requests
from prometheus_client.parser import text_string_to_metric_families

PATIENCE = 20


def check(served, checker):
    before = scrape(served)
    answer = requests.post(served.url, json=served.records(len(served.rows)), timeout=PATIENCE)
    checker.equal("status", answer.status_code, 200)
    requests.get(f"{served.url}/no/such/path", timeout=PATIENCE)
    after = scrape(served)

    def grown(sample, **labels):
        key = (sample, tuple(sorted(labels.items())))
        return after[key] - before.get(key, 0)

    checker.equal("rows", grown("svcd_rows_predicted_total"), len(served.rows))
    if served.target == "number":
        checker.equal("numbers", grown("svcd_predicted_number_count"), len(served.rows))
        # The difference of two long sums has fewer digits.
        mean = grown("svcd_predicted_number_sum") / len(served.rows)
        checker.equal("their mean", round(mean, 9), round(served.labels.mean().item(), 9))
        below = int((served.labels <= 2.0).sum())
        checker.equal("numbers up to 2", grown("svcd_predicted_number_bucket", le="2"), below)
    for label in np.unique(served.labels) if served.target != "number" else ():
        count = int((served.labels == label).sum())
        text = str(label).lower() if isinstance(label.item(), bool) else str(label)
        checker.equal(f"predictions of {label}", grown("svcd_predictions_total", **{"class": text}), count)
    route = {"method": "POST", "route": "/"}
    checker.equal("requests", grown("svcd_requests_total", **route, status="200"), 1)
    checker.equal("requests without a route", grown("svcd_requests_total", method="-", route="-", status="404"), 1)
    checker.equal("durations", grown("svcd_request_duration_seconds_count", **route), 1)
    checker.equal("the last bucket", grown("svcd_request_duration_seconds_bucket", **route, le="+Inf"), 1)
    (model,) = [dict(labels) for name, labels in after if name == "svcd_model_info"]
    checker.equal("model", model["name"], served.name)
    checker.equal("estimator", model["estimator"], type(served.estimator).__name__)
    checker.equal("target", model["target"], served.target)
    checker.equal("classes", int(model.get("classes", 0)), len(served.classes or ()))
    lint(served, checker)


def scrape(served):
    """(sample, sorted labels) -> value"""
    answer = requests.get(f"{served.url}/metrics", timeout=PATIENCE)
    families = list(text_string_to_metric_families(answer.text))
    assert all(family.documentation for family in families), "a metric without HELP"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def lint(served, checker):
    if promtool := shutil.which("promtool"):
        text = requests.get(f"{served.url}/metrics", timeout=PATIENCE).text
        found = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
        checker.equal("promtool", (found.returncode, found.stdout + found.stderr), (0, ""))
