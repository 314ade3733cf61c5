"""Queries svcd with plain HTTP clients: requests, httpx, aiohttp, curl.

A plain module for check_clients.py. Each uses the notebook's route, the other dialects, and what HTTP itself
offers: kept connections, chunked content, HEAD, OPTIONS, Expect, HTTP/1.0.
"""

import gzip
import json
import subprocess
import zlib

import aiohttp
import httpx
import numpy as np
import requests

# For an answer, in seconds.
PATIENCE = 20
# Rows of a large request: above what svcd answers on its event loop.
MANY = 20_000
JSON = {"Content-Type": "application/json"}


def check_requests(served, checker):
    with requests.Session() as session:
        for method, path, content, verify in exchanges(served, checker):
            answer = session.request(method, served.url + path, json=content, timeout=PATIENCE)
            verify(answer.status_code, answer.headers, answer.text)
        answer = session.post(served.url, data=chunks(served), headers=JSON, timeout=PATIENCE)
        verify_many(served, answer.status_code, answer.text, checker)


def check_httpx(served, checker):
    with httpx.Client(base_url=served.url, timeout=PATIENCE) as client:
        for method, path, content, verify in exchanges(served, checker):
            answer = client.request(method, path, json=content)
            verify(answer.status_code, answer.headers, answer.text)
        answer = client.post("/", content=chunks(served), headers=JSON)
        verify_many(served, answer.status_code, answer.text, checker)


async def check_aiohttp(served, checker):
    async def content():
        for chunk in chunks(served):
            yield chunk

    async with aiohttp.ClientSession(served.url, timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        for method, path, value, verify in exchanges(served, checker):
            async with session.request(method, path, json=value) as answer:
                verify(answer.status, answer.headers, await answer.text())
        for expect100 in (False, True):
            async with session.post("/", data=content(), headers=JSON, expect100=expect100) as answer:
                verify_many(served, answer.status, await answer.text(), checker)


def check_curl(served, checker):
    row = json.dumps(served.records(1)[0])
    val = '{"val": ' + json.dumps(served.labels[0].item()) + "}"
    for what, arguments in [
        # curl says application/x-www-form-urlencoded here.
        ("plain", ["-d", row]),
        ("HTTP/1.0", ["--http1.0", "-d", row]),
        ("with a type", ["-H", "Content-Type: application/json", "-d", row]),
        ("as an absolute target", ["--request-target", f"{served.url}/", "-d", row]),
        ("compression offered", ["--compressed", "-d", row]),
    ]:
        status, text = curl(served, "/", *arguments)
        checker.equal(f"{what}: status", status, "200")
        checker.predicted(what, json.loads(text), json.loads(val))
        checker.equal(f"{what}: start", text[:8], val[:8])
    many = b"".join(chunks(served))
    for coding, compress in [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]:
        content = compress(many)
        for more in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]):
            fields = ["-H", f"Content-Encoding: {coding}", *more]
            status, text = curl(served, "/", *fields, "--data-binary", "@-", content=content)
            verify_many(served, status, text, checker, f"{coding} {more}")
    for what, arguments in [
        ("large content", []),
        ("chunked", ["-H", "Transfer-Encoding: chunked"]),
        ("Expect", ["-H", "Expect: 100-continue"]),
        ("Expect and chunked", ["-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"]),
        ("HTTP/1.0 with large content", ["--http1.0", "-H", "Expect:"]),
    ]:
        status, text = curl(served, "/", *arguments, "--data-binary", "@-", content=many)
        verify_many(served, status, text, checker, what)
    status, head = curl(served, "/healthz", "-I")
    checker.equal("HEAD: status", status, "200")
    checker.contains("HEAD", head, "Content-Length: 18")
    status, head = curl(served, "*", "-X", "OPTIONS", "-i")
    checker.equal("OPTIONS *: status", status, "204")
    checker.contains("OPTIONS *", head, "Allow: GET, HEAD, POST, OPTIONS")
    # The client waits for leave, and gets the error instead, before the content is sent.
    status, text = curl(served, "/none", "-H", "Expect: 100-continue", "--data-binary", "@-", content=many)
    checker.equal("Expect on no path", (status, json.loads(text)["error"]), ("404", "no such path"))
    status, text = curl(served, "/", "--data-binary", "@-", content=b" " * (9 << 20))
    checker.equal("above the limit", (status, json.loads(text)["error_code"]), ("413", "CONTENT_TOO_LARGE"))


def exchanges(served, checker):
    """Method, path, content, and a function that verifies status, fields and text of the answer."""

    def answers(what, expected):
        def verify(status, fields, text):
            checker.equal(f"{what}: status", status, 200)
            checker.equal(f"{what}: type", fields["Content-Type"], "application/json")
            checker.predicted(what, json.loads(text), expected)

        return verify

    def scores(what, key, expected):
        def verify(status, _, text):
            checker.equal(f"{what}: status", status, 200)
            checker.near(what, json.loads(text)[key], expected)

        return verify

    def infers(what, id, expected):
        def verify(status, _, text):
            answer = json.loads(text)
            checker.equal(f"{what}: status", status, 200)
            checker.equal(f"{what}: id", answer["id"], id)
            checker.predicted(what, answer["outputs"][0]["data"], expected)

        return verify

    def refuses(what, expected, message):
        def verify(status, _, text):
            checker.equal(f"{what}: status", status, expected)
            checker.contains(f"{what}: message", json.loads(text)["error"], message)

        return verify

    def head(status, fields, text):
        checker.equal("HEAD", (status, fields["Content-Length"], text), (200, "18", ""))

    records, labels = served.records(5), served.labels[:5].tolist()
    rows = served.rows[:5].tolist()
    third = served.feature_names[2]
    lacking = [{name: value for name, value in record.items() if name != third} for record in records]
    v1, v2 = f"/v1/models/{served.name}", f"/v2/models/{served.name}"
    tensor = {"name": "X", "shape": [5, 4], "datatype": "FP64", "data": rows}
    yield "POST", "/", records[0], answers("one row", {"val": labels[0]})
    yield "POST", "/", records, answers("rows", {"val": labels})
    yield "GET", "/", None, answers("alive", {"status": "alive"})
    yield "GET", "/readyz", None, answers("ready", {"status": "ready"})
    yield "HEAD", "/healthz", None, head
    yield "GET", "/v1/models", None, answers("models", {"models": [served.name]})
    yield "POST", f"{v1}:predict", {"instances": rows}, answers("v1 rows", {"predictions": labels})
    yield "POST", f"{v1}:predict", {"instances": records}, answers("v1 records", {"predictions": labels})
    yield "POST", f"{v1}/versions/1:predict", {"inputs": rows}, answers("v1 column form", {"outputs": labels})
    for name, values in served.outputs.items():
        wanted = {"instances": rows, "signature_name": name}
        yield "POST", f"{v1}:predict", wanted, scores(f"v1 {name}", "predictions", values[:5])
    if served.classes is None:
        names = ", ".join(f"`{name}`" for name in ["predict", *served.outputs, "serving_default"])
        wanted = {"instances": rows, "signature_name": "predict_proba"}
        yield "POST", f"{v1}:predict", wanted, refuses("v1 output", 400, f"expected one of {names}, found")
        yield "POST", f"{v1}:classify", {"examples": records}, refuses("v1 classes", 400, "it has no classes to score")
    yield "POST", "/invocations", {"inputs": rows}, answers("invocations", {"predictions": labels})
    yield "POST", f"{v2}/infer", {"inputs": [tensor], "id": "é"}, infers("v2", "é", labels)
    yield "POST", "/", lacking, refuses("missing feature", 400, f"row 0, `{third}`: expected a finite number")
    yield "POST", "/none", records, refuses("unknown path", 404, "no such path")
    yield "PUT", "/", records, refuses("another method", 405, "this path takes GET, HEAD, POST, OPTIONS")
    # After errors the connection is still good.
    yield "POST", "/", records[1], answers("one row again", {"val": labels[1]})


def chunks(served):
    """Many rows, in pieces that end inside of rows."""
    records = served.records(len(served.rows))
    text = json.dumps((records * (MANY // len(records) + 1))[:MANY]).encode()
    for start in range(0, len(text), 10_007):
        yield text[start : start + 10_007]


def verify_many(served, status, text, checker, what="chunks"):
    checker.equal(f"{what}: status", int(status), 200)
    expected = np.tile(served.labels, MANY // len(served.labels) + 1)[:MANY]
    checker.predicted(what, np.array(json.loads(text)["val"]), expected)


def curl(served, path, *arguments, content=None):
    """Status and content, with -i or -I the head before it."""
    target = ["--request-target", "*", served.url] if path == "*" else [served.url + path]
    command = ["curl", "-sS", "--max-time", str(PATIENCE), "-w", "\n%{http_code}", *arguments, *target]
    done = subprocess.run(command, input=content, capture_output=True, check=False)
    if done.returncode != 0:
        return str(done.returncode), json.dumps({"error": done.stderr.decode(), "error_code": "curl"})
    text, status = done.stdout.decode().rsplit("\n", 1)
    return status, text


def curl_version():
    return subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
