"""Queries svcd for tables with categories and for texts, with tritonclient, MLflow's scoring client and requests.

A plain module for check_clients.py. A table is a pandas DataFrame of numbers, some missing, strings and booleans; a text is a
DataFrame of one column.
"""

import json
import math
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import requests
import tritonclient.http
import tritonclient.http.aio
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from tritonclient.utils import np_to_triton_dtype

# For an answer, in seconds.
PATIENCE = 20

MLSERVER = Path(__file__).with_name("clients_mlserver.py")


@dataclass(frozen=True)
class ServedTable:
    """A model behind svcd, rows, and what scikit-learn says of them."""

    name: str
    host: str
    port: int
    frame: pd.DataFrame
    labels: np.ndarray
    scores: np.ndarray
    target: str = "classes"

    @property
    def is_text(self):
        return self.frame.shape[1] == 1

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def values(self, column):
        return json_values(self.frame[column])

    def records(self):
        columns = [self.values(column) for column in self.frame]
        return [dict(zip(self.frame.columns, row)) for row in zip(*columns)]


def json_values(column):
    """A column as JSON has it."""
    return [None if isinstance(value, float) and math.isnan(value) else value for value in column.tolist()]


def fitted():
    """Name to estimator, its rows, and whether it takes them as texts."""
    frame = passengers(300, 0)
    survived = np.where((frame["sex"] == "female") ^ (np.arange(len(frame)) % 7 == 0), "survived", "died, at sea")
    columns = ColumnTransformer(
        [
            ("num", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare"]),
            ("cat", OneHotEncoder(handle_unknown="ignore"), ["sex", "embarked", "deck", "pclass", "alone"]),
        ]
    )
    asked = passengers(60, 1)
    asked.loc[3, "deck"] = "unheard, of"
    texts, topics = letters(200, 2)
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    asked_texts = pd.DataFrame({"text": [*letters(40, 3)[0], "", 'two\nlines, "quoted"', "Große Straße İstanbul ΟΔΟΣ"]})
    return {
        "table": (make_pipeline(columns, SVC()).fit(frame, survived), asked, asked),
        "letters": (make_pipeline(vectorizer, LinearSVC(random_state=0)).fit(texts, topics), asked_texts, asked_texts["text"]),
    }


def passengers(count, seed):
    random = np.random.default_rng(seed)
    pick = lambda values: random.choice(np.array(values, dtype=object), count)
    ages = np.round(random.uniform(1, 80, count))
    ages[random.random(count) < 0.2] = np.nan
    return pd.DataFrame(
        {
            "age": ages,
            "fare": np.round(random.exponential(30, count), 2),
            "sex": pick(["male", "female"]),
            "embarked": pick(["S", "C", "Q"]),
            "deck": pick(["A", 'C "main"', "b, aft", "палуба", "甲板", " x "]),
            "pclass": random.integers(1, 4, count),
            "alone": random.random(count) < 0.5,
        }
    )


def letters(count, seed):
    words = "free prize call now lunch tomorrow account password é日本 straße win cash meeting see you".split()
    random = np.random.default_rng(seed)
    topics = random.integers(0, 3, count)
    texts = [" ".join(random.choice(words, 12)) + " " + " ".join([words[topic], words[topic + 3]]) for topic in topics]
    return texts, np.array(["spam", "ham", "phish, or so"])[topics]


def check_triton(served, checker):
    with tritonclient.http.InferenceServerClient(f"{served.host}:{served.port}") as client:
        for is_binary in (True, False):
            result = client.infer(served.name, tensors(served, is_binary), outputs=wanted(is_binary))
            compare(result, served, checker, is_binary)


async def check_triton_aio(served, checker):
    async with tritonclient.http.aio.InferenceServerClient(f"{served.host}:{served.port}") as client:
        for is_binary in (True, False):
            result = await client.infer(served.name, tensors(served, is_binary), outputs=wanted(is_binary))
            compare(result, served, checker, is_binary)


def wanted(is_binary):
    names = ("predict", "decision_function")
    return [tritonclient.http.InferRequestedOutput(name, binary_data=is_binary) for name in names]


def tensors(served, is_binary):
    """One for each column, in reversed order and two shapes; strings are BYTES."""
    inputs = []
    for place, column in enumerate(reversed(served.frame.columns)):
        values = served.frame[column].to_numpy()
        if values.dtype.kind not in "fib":
            values = np.array(values.tolist(), dtype=object)
        values = np.ascontiguousarray(values.reshape((-1, 1) if place % 2 else -1))
        infer_input = tritonclient.http.InferInput(column, list(values.shape), np_to_triton_dtype(values.dtype))
        infer_input.set_data_from_numpy(values, binary_data=is_binary)
        inputs.append(infer_input)
    return inputs


def compare(result, served, checker, is_binary):
    how = "binary" if is_binary else "JSON"
    texts = [text.decode() if isinstance(text, bytes) else str(text) for text in result.as_numpy("predict")]
    checker.equal(f"{how}: labels", texts, served.labels.tolist())
    checker.near(f"{how}: scores", result.as_numpy("decision_function"), served.scores)


def check_mlflow(served, checker):
    client = ScoringServerClient(served.host, served.port)
    client.wait_server_ready(timeout=PATIENCE)
    frame = served.frame
    shuffled = frame[frame.columns[::-1]].assign(ticket="x, y", empty=None)
    for what, data in [("DataFrame", frame), ("shuffled DataFrame", shuffled), ("its first row", frame.head(1))]:
        predictions = client.invoke(data).get_predictions()
        checker.equal(f"{what}: labels", predictions[0].tolist(), served.labels[: len(data)].tolist())
        response = client.invoke(data, params={"output": "decision_function"})
        scores = response.get_predictions(predictions_format="ndarray")
        checker.near(f"{what}: scores", scores.reshape(served.scores[: len(data)].shape), served.scores[: len(data)])
    lines = "\n".join(json.dumps(record) for record in served.records())
    for what, media_type, content in [
        ("CSV", "text/csv", frame.to_csv(index=False)),
        ("JSON lines", "application/jsonlines", lines),
        ("records", "application/json", json.dumps({"dataframe_records": served.records()})),
    ]:
        answer = requests.post(
            f"{served.url}/invocations", data=content.encode(), headers={"Content-Type": media_type}, timeout=PATIENCE
        )
        checker.equal(what, answer.json().get("predictions"), served.labels.tolist())


def check_mlserver(served, checker):
    answer = ask_mlserver(served, served.frame, ("predict", "decision_function"))
    checker.equal("labels", answer["predict"], served.labels.tolist())
    checker.near("scores", answer["decision_function"], served.scores)


def check_mlserver_numbers(served, checker):
    frame = pd.DataFrame(served.rows, columns=served.feature_names)
    checker.predicted("predict", ask_mlserver(served, frame, ("predict",))["predict"], served.labels.tolist())


def ask_mlserver(served, frame, outputs):
    """What MLServer's codecs make of the answer: for each output its values."""
    columns = []
    for name in frame:
        dtype = frame[name].dtype
        columns.append([name, str(dtype) if dtype.kind in "fib" else "object", json_values(frame[name])])
    asked = {"url": f"{served.url}/v2/models/{served.name}/infer", "columns": columns, "outputs": outputs}
    run = subprocess.run(["uv", "run", "--quiet", MLSERVER], input=json.dumps(asked), capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(run.stderr)
    return json.loads(run.stdout)


def mlserver_version():
    return re.search(r'"mlserver==(.*)"', MLSERVER.read_text())[1]


def check_requests(served, checker):
    records, labels, scores = served.records(), served.labels.tolist(), served.scores
    columns = {column: served.values(column) for column in served.frame}
    v1 = f"/v1/models/{served.name}:predict"
    signature = {"signature_name": "decision_function"}
    arrays = [list(record.values()) for record in records]
    alone = arrays if not served.is_text else columns["text"]
    with requests.Session() as session:

        def ask(path, content):
            answer = session.post(served.url + path, json=content, timeout=PATIENCE)
            checker.equal(f"{path}: status of {str(content)[:60]}", (answer.status_code, answer.text[:200] * (answer.status_code != 200)), (200, ""))
            return answer.json()

        for record, label in zip(records[:9], labels):
            checker.equal("one row", ask("/", record), {"val": label})
        checker.equal("rows", ask("/", records), {"val": labels})
        for instances in (records, arrays, alone, [columns]):
            checker.equal("v1", ask(v1, {"instances": instances}), {"predictions": labels})
            checker.near("v1 scores", ask(v1, {"instances": instances, **signature})["predictions"], scores)
        checker.equal("v1 columns", ask(v1, {"inputs": columns}), {"outputs": labels})
        if served.is_text:
            checker.equal("inputs", ask("/invocations", {"inputs": columns["text"]}), {"predictions": labels})
            return
        known = {**records[0], "pclass": "first"}
        answer = session.post(served.url, json=known, timeout=PATIENCE)
        checker.equal("an unknown category that is ignored", answer.status_code, 200)
        lacking = {name: value for name, value in records[0].items() if name != "deck"}
        answer = session.post(served.url, json=lacking, timeout=PATIENCE)
        checker.equal("a column that is not there: status", answer.status_code, 400)
        checker.contains("a column that is not there", answer.json()["error"], "`deck`")
