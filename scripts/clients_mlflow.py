"""Queries svcd with MLflow's scoring client, and by hand as MLflow's documentation queries a scoring server.

A plain module for check_clients.py.
"""

import json

import numpy as np
import pandas as pd
import requests
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

# For an answer, in seconds.
PATIENCE = 20


def check(served, checker):
    client = ScoringServerClient(served.host, served.port)
    client.wait_server_ready(timeout=PATIENCE)
    client.ping()
    checker.equal("parts of the version", client.get_version().count("."), 2)
    frame = pd.DataFrame(served.rows, columns=served.feature_names)
    check_frames(client, served, frame, checker)
    check_outputs(client, served, checker)
    check_by_hand(served, frame, checker)
    check_errors(client, served, frame, checker)


def check_frames(client, served, frame, checker):
    shuffled = frame[frame.columns[::-1]].assign(note="text", empty=None)
    positions = pd.DataFrame(served.rows)
    for what, data in [("DataFrame", frame), ("shuffled DataFrame", shuffled), ("DataFrame without names", positions)]:
        predictions = client.invoke(data).get_predictions()
        checker.equal(f"{what}: shape", predictions.shape, (len(frame), 1))
        checker.predicted(what, predictions[0].to_numpy().astype(served.labels.dtype), served.labels)
    checker.predicted("ndarray", labels(client.invoke(served.rows), served), served.labels)


def check_outputs(client, served, checker):
    response = client.invoke(served.rows, params={"output": "predict"})
    checker.predicted("predict", labels(response, served), served.labels)
    for output, scores in served.outputs.items():
        response = client.invoke(served.rows, params={"output": output})
        checker.near(output, response.get_predictions(predictions_format="ndarray"), scores)


def check_by_hand(served, frame, checker):
    """CSV with and without a header, JSON lines, records; the answer in JSON, CSV and JSON lines."""
    header = frame.to_csv(index=False)
    plain = frame.to_csv(index=False, header=False)
    lines = "\n".join(json.dumps(record) for record in served.records(len(served.rows)))
    for what, media_type, content in [
        ("CSV", "text/csv", header),
        ("CSV with CR LF", "text/csv; charset=utf-8", header.replace("\n", "\r\n")),
        ("CSV without header", "text/csv", plain),
        ("CSV, header announced", "text/csv; header=present", header),
        ("CSV, no header announced", "text/csv; header=absent", plain),
        ("JSON lines", "application/jsonlines", lines),
    ]:
        answer = invoke(served, content, media_type)
        checker.equal(f"{what}: status", answer.status_code, 200)
        checker.predicted(what, np.array(answer.json()["predictions"]), served.labels)
    answer = invoke(served, plain, "text/csv", accept="text/csv")
    checker.equal("CSV answer: type", answer.headers["Content-Type"], "text/csv")
    if served.target == "number":
        checker.near("CSV answer", [float(line) for line in answer.text.split("\n")], served.labels)
    else:
        checker.equal("CSV answer", answer.text, "\n".join(as_text(label) for label in served.labels.tolist()))
    answer = invoke(served, plain, "text/csv", accept="application/jsonlines")
    checker.predicted("JSON lines answer", np.array([json.loads(line) for line in answer.text.split("\n")]), served.labels)
    # The client promises dicts of arrays too, and fails on them itself.
    columns = {name: served.rows[:9, index].tolist() for index, name in enumerate(served.feature_names)}
    for what, content in [("records", {"dataframe_records": served.records(9)}), ("columns", {"inputs": columns})]:
        answer = invoke(served, json.dumps(content), "application/json")
        checker.predicted(what, np.array(answer.json()["predictions"]), served.labels[:9])


def check_errors(client, served, frame, checker):
    third, fourth = served.feature_names[2:]
    with_nan = frame.head(3).copy()
    with_nan.iloc[1, 2] = np.nan
    for what, data, text in [
        ("NaN in a DataFrame", with_nan, f"row 1, `{third}`: expected a finite number, found "),
        ("NaN in an ndarray", with_nan.to_numpy(), f"row 1, `{third}`: expected a finite number, found "),
        ("missing column", frame.head(3).drop(columns=fourth), f"expected a column `{fourth}`"),
        ("wrong width", served.rows[:2, :3], "expected 4 numbers, found 3"),
    ]:
        try:
            client.invoke(data)
        except Exception as error:
            checker.contains(f"{what}: status", error, "error code 400")
            checker.contains(f"{what}: message", error, text)
        else:
            checker.equal(what, "an answer", "an error")
    answer = invoke(served, "<x/>", "application/xml")
    checker.equal("another type: status", answer.status_code, 415)
    checker.equal("another type: code", answer.json()["error_code"], "UNSUPPORTED_MEDIA_TYPE")


def invoke(served, content, media_type, accept="*/*"):
    headers = {"Content-Type": media_type, "Accept": accept}
    return requests.post(f"{served.url}/invocations", data=content.encode(), headers=headers, timeout=PATIENCE)


def labels(response, served):
    return response.get_predictions(predictions_format="ndarray").astype(served.labels.dtype)


def as_text(label):
    return str(label).lower() if isinstance(label, bool) else str(label)
