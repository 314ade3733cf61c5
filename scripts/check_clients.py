# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "scipy==1.17.1",
#     "joblib==1.6.0",
#     "threadpoolctl==3.8.0",
#     "narwhals==2.29.0",
#     "pandas==3.1.1",
#     "tritonclient[http]==2.73.0",
#     "geventhttpclient==2.6.1",
#     "gevent==26.9.0",
#     "python-rapidjson==1.25",
#     "mlflow-skinny==3.17.2",
#     "requests==2.34.2",
#     "httpx==0.28.1",
#     "aiohttp==3.14.5",
#     "prometheus-client==0.25.0",
#     "openapi-spec-validator==0.9.0",
#     "jsonschema==4.26.0",
# ]
# ///
"""Compares what svcd answers to real clients with what scikit-learn says.

Trains models, serves each with svcd on a free port of the loopback, and queries them with every client. Prints a line
for each client with the number of comparisons; ends with exit code 1 at the first difference.

Needs uv, curl, and the network for the first run. scripts/check_clients.sh compiles svcd and runs this.
"""

import argparse
import asyncio
import inspect
import pickle
import sys
import tempfile
import warnings
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.svm import SVC, SVR, OneClassSVM

import clients_http
import clients_mlflow
import clients_openapi
import clients_prometheus
import clients_tables
import clients_triton
from serving import serving
from svc_json import decision_values, svc_document, write_json

# What svcd promises for scores.
TOLERANCE = 1e-12

# In the order in which they are asked: name, function, and who tells the version: a distribution or a function.
CLIENTS = {
    "tritonclient": (clients_triton.check, "tritonclient"),
    "tritonclient.aio": (clients_triton.check_aio, "tritonclient"),
    "mlflow": (clients_mlflow.check, "mlflow-skinny"),
    "requests": (clients_http.check_requests, "requests"),
    "httpx": (clients_http.check_httpx, "httpx"),
    "aiohttp": (clients_http.check_aiohttp, "aiohttp"),
    "curl": (clients_http.check_curl, clients_http.curl_version),
    "prometheus": (clients_prometheus.check, "prometheus-client"),
    "openapi": (clients_openapi.check, "openapi-spec-validator"),
    "mlserver": (clients_tables.check_mlserver_numbers, clients_tables.mlserver_version),
}


# The same for models of tables and of texts.
TABLE_CLIENTS = {
    "tritonclient": clients_tables.check_triton,
    "tritonclient.aio": clients_tables.check_triton_aio,
    "mlflow": clients_tables.check_mlflow,
    "requests": clients_tables.check_requests,
    "mlserver": clients_tables.check_mlserver,
}


@dataclass(frozen=True)
class Served:
    """A model behind svcd, rows, and what scikit-learn says of them."""

    name: str
    host: str
    port: int
    estimator: object
    feature_names: list
    rows: np.ndarray
    # What `predict` gives: labels, numbers, or 1 and -1.
    labels: np.ndarray
    # What else the model has, by name, each in its own shape.
    outputs: dict
    # One column for each class; None for a model without classes.
    scores: np.ndarray | None

    @property
    def classes(self):
        """The classes as JSON has them; None for a model without."""
        return None if self.scores is None else self.estimator.classes_.tolist()

    @property
    def target(self):
        if self.classes is not None:
            return "classes"
        return "number" if isinstance(self.estimator, SVR) else "inlier"

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def records(self, count):
        """The first rows as objects by name."""
        return [dict(zip(self.feature_names, row.tolist())) for row in self.rows[:count]]


class Difference(Exception):
    """What a client got is not what it should have got."""


class Checker:
    """Compares, counts, and stops at the first difference."""

    def __init__(self):
        self.count = 0
        # Whether the model predicts numbers, whose last digits depend on the order of summation.
        self.is_number = False

    def equal(self, what, found, expected):
        self.count += 1
        is_array = isinstance(expected, np.ndarray)
        if not (np.array_equal(found, expected) if is_array else found == expected):
            raise Difference(f"{what}: expected {expected!r}, found {found!r}")

    def predicted(self, what, found, expected):
        """What `predict` gave, alone or inside of what JSON has."""
        if self.is_number and isinstance(expected, dict):
            self.equal(f"{what}: keys", list(found), list(expected))
            for key, value in expected.items():
                self.predicted(what, found[key], value)
        elif self.is_number and np.asarray(expected).dtype.kind == "f":
            self.near(what, found, expected)
        else:
            self.equal(what, found, expected)

    def near(self, what, found, expected):
        self.count += 1
        found, expected = np.asarray(found, float), np.asarray(expected, float)
        if found.shape != expected.shape:
            raise Difference(f"{what}: expected the shape {expected.shape}, found {found.shape}")
        worst = np.max(np.abs(found - expected))
        # Written so that NaN is a difference.
        if not worst <= TOLERANCE:
            raise Difference(f"{what}: expected scores within {TOLERANCE}, found a difference of {worst}")

    def contains(self, what, found, expected):
        self.count += 1
        if expected not in str(found):
            raise Difference(f"{what}: expected `{expected}`, found {found!r}")


def main():
    options = parse_options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        models = [start(name, *model, options.binary, folder, stack) for name, model in fitted().items()]
        tables = [start_table(name, *model, options.binary, folder, stack) for name, model in clients_tables.fitted().items()]
        for name in options.clients or CLIENTS:
            check, distribution = CLIENTS[name]
            checker = Checker()
            checks = [(check, served) for served in models]
            checks += [(TABLE_CLIENTS[name], served) for served in tables if name in TABLE_CLIENTS]
            try:
                for check, served in checks:
                    checker.is_number = served.target == "number"
                    outcome = check(served, checker)
                    if inspect.isawaitable(outcome):
                        asyncio.run(outcome)
            except Difference as difference:
                print(f"FAILED  {name}, model `{served.name}`: {difference}")
                return 1
            release = version(distribution) if isinstance(distribution, str) else distribution()
            print(f"ok      {name} {release}: {checker.count} comparisons", flush=True)
    return 0


def fitted():
    """Models that differ in what their answers look like: name to estimator, feature names and rows."""
    iris = load_iris()
    generator = np.random.default_rng(7)
    rows = np.vstack([np.ones((1, 4)), iris.data + generator.normal(0, 0.1, iris.data.shape)])
    target_names = iris.target_names.astype(str)
    frame = pd.DataFrame(iris.data, columns=iris.feature_names)
    probable = SVC(decision_function_shape="ovo", probability=True, random_state=0)
    with warnings.catch_warnings():
        # `probability` is deprecated, and still what many models were trained with.
        warnings.simplefilter("ignore", FutureWarning)
        return {
            "iris": (SVC(gamma="scale").fit(iris.data, iris.target), iris.feature_names, rows),
            "text": (SVC(kernel="linear").fit(iris.data, target_names[iris.target]), iris.feature_names, rows),
            "flag": (SVC(kernel="poly", degree=2).fit(iris.data, iris.target == 1), None, rows),
            "float": (probable.fit(iris.data, iris.target - 1.0), None, rows),
            "number": (SVR(C=2.0).fit(frame, iris.data @ [0.5, -1.0, 0.25, 2.0]), iris.feature_names, rows),
            "side": (OneClassSVM(nu=0.2).fit(iris.data), None, rows),
        }


def start(name, estimator, feature_names, rows, binary, folder, stack):
    """Serves a model on a free port, until the stack is closed."""
    # Rows without names for an estimator with names.
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    host, port = serve(save(folder / name, estimator, feature_names), binary, stack)
    return Served(
        name=name,
        host=host,
        port=port,
        estimator=estimator,
        feature_names=feature_names or [f"x{column}" for column in range(rows.shape[1])],
        rows=rows,
        labels=estimator.predict(rows),
        outputs=outputs(estimator, rows),
        scores=class_scores(estimator, rows) if isinstance(estimator, SVC) else None,
    )


def start_table(name, estimator, frame, rows, binary, folder, stack):
    """The same for a model of tables or texts; `rows`: as scikit-learn wants them."""
    file = folder / f"{name}.pkl"
    file.write_bytes(pickle.dumps(estimator))
    host, port = serve(file, binary, stack)
    labels, scores = estimator.predict(rows), estimator.decision_function(rows)
    return clients_tables.ServedTable(name, host, port, frame, labels, scores)


def serve(file, binary, stack):
    """Host and port of an svcd with this model, which ends with the stack."""
    url = stack.enter_context(serving(binary, "--model", str(file), "--model-version", "1"))
    host, port = url.removeprefix("http://").split(":")
    return host, int(port)


def save(path, estimator, feature_names):
    """Writes a classifier in svcd's JSON form, anything else as a pickle; gives the file."""
    if isinstance(estimator, SVC):
        file = path.with_suffix(".json")
        write_json(file, svc_document(estimator, feature_names))
    else:
        file = path.with_suffix(".pkl")
        file.write_bytes(pickle.dumps(estimator))
    return file


def outputs(estimator, rows):
    """What the estimator has besides `predict`, in the order in which svcd lists it."""
    names = ["decision_function", "predict_proba", "score_samples"]
    is_probable = getattr(estimator, "probability", False) is True
    methods = {name: getattr(estimator, name, None) for name in names if name != "predict_proba" or is_probable}
    return {name: method(rows) for name, method in methods.items() if method is not None}


def class_scores(estimator, rows):
    """A one-vs-rest value for each class: with two classes minus the decision value, and the decision value."""
    scores = decision_values(estimator, rows, "ovr")
    return np.hstack([-scores, scores]) if scores.shape[1] == 1 else scores


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: uv run scripts/check_clients.py --binary target/release/svcd tritonclient",
    )
    parser.add_argument("--binary", required=True, metavar="FILE", help="the svcd to ask")
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"only these: {', '.join(CLIENTS)}")
    options = parser.parse_args()
    if unknown := [name for name in options.clients if name not in CLIENTS]:
        parser.error(f"unknown client {unknown[0]!r}, expected one of {', '.join(CLIENTS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
