# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "scipy==1.17.1",
#     "joblib==1.6.0",
#     "threadpoolctl==3.8.0",
#     "narwhals==2.29.0",
#     "pandas==3.0.1",
# ]
# ///
"""Compares `svcd train` with scikit-learn on whole data sets: five of scikit-learn's and six made-up ones, up to 20,000 rows.

Both get the same CSV file and the same held-out rows. The script compares support vectors, dual coefficients (within 1e-9 of each),
intercepts, numbers of iterations and, on the held-out rows, labels and scores. For pipelines with an imputer, an encoder or a scaler, it compares
labels, scores and held-out scores.

    uv run scripts/differential_train.py --binary target/image/svcd
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import pandas  # noqa: E402
from sklearn import datasets  # noqa: E402
from sklearn.compose import ColumnTransformer  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler  # noqa: E402
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM  # noqa: E402

SEED = 0
ESTIMATORS = {SVC: "svc", NuSVC: "nusvc", SVR: "svr", NuSVR: "nusvr", OneClassSVM: "one-class"}
FLAGS = {"class_weight": "--class-weight", "max_iter": "--max-iter"}
SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


def made_up(n_rows, n_features, n_classes, **others):
    return datasets.make_classification(n_rows, n_features, n_informative=n_features // 2, n_classes=n_classes, random_state=1, **others)


SETS = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "two": lambda: made_up(6_000, 8, 2, flip_y=0.1),
    "three": lambda: made_up(20_000, 20, 3),
    "four": lambda: made_up(3_000, 40, 4, class_sep=0.5),
    "five": lambda: made_up(2_000, 12, 5, weights=[0.5, 0.2, 0.15, 0.1, 0.05]),
    "seven": lambda: made_up(2_000, 16, 7),
    "ten": lambda: made_up(4_000, 33, 10),
}

CASES = [
    ("iris", SVC, {}),
    ("iris", SVC, {"kernel": "linear"}),
    ("iris", SVC, {"kernel": "poly", "coef0": 1.0}),
    ("iris", SVC, {"kernel": "sigmoid", "gamma": 0.01, "coef0": -0.5}),
    ("iris", NuSVC, {"nu": 0.3}),
    ("iris", OneClassSVM, {"nu": 0.2}),
    ("wine", SVC, {"C": 10.0}),
    ("wine", NuSVC, {"nu": 0.4, "gamma": 1e-3}),
    ("breast_cancer", SVC, {}),
    ("breast_cancer", NuSVC, {"nu": 0.2}),
    ("breast_cancer", OneClassSVM, {"nu": 0.1}),
    ("digits", SVC, {}),
    ("digits", SVC, {"kernel": "poly", "C": 10.0}),
    ("diabetes", SVR, {"C": 100.0}),
    ("diabetes", SVR, {"kernel": "linear", "C": 10.0, "epsilon": 5.0}),
    ("diabetes", NuSVR, {"nu": 0.3, "C": 50.0}),
    ("two", SVC, {"C": 50.0, "weighted": True}),
    ("three", SVC, {}),
    ("four", SVC, {"kernel": "poly", "coef0": 0.5, "gamma": 0.02}),
    ("four", NuSVC, {"nu": 0.3, "weighted": True}),
    ("five", SVC, {"C": 10.0, "class_weight": "balanced"}),
    ("seven", SVC, {"kernel": "sigmoid", "gamma": 0.002, "weighted": True}),
    ("ten", SVC, {"kernel": "linear", "C": 0.1}),
    ("ten", SVC, {"tol": 1e-5}),
]

# strategy of the imputer, scaler, columns that are encoded
PIPELINES = [
    ("mean", "standard", ["town", "rooms", "garden"]),
    ("median", "robust", ["town", "garden"]),
    ("most_frequent", "minmax", []),
    ("mean", "standard", []),
    ("median", None, ["town", "rooms"]),
    (None, "standard", ["town", "rooms", "garden"]),
    (None, None, ["town", "rooms", "garden"]),
]


class Difference(Exception):
    pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the svcd to try")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for compare, cases in ((compare_machine, CASES), (compare_pipeline, PIPELINES)):
            for case in cases:
                begin = time.monotonic()
                name, told = compare(options.binary, Path(folder), *case)
                wrong += told.startswith("WRONG")
                print(f"{name}: {told} ({time.monotonic() - begin:.1f} s)", flush=True)
    sys.exit(1 if wrong else 0)


def compare_machine(binary, folder, name, estimator, parameters):
    parameters = dict(parameters)
    title = f"{name}, {estimator.__name__} {parameters}"
    is_weighted = parameters.pop("weighted", False)
    rows, target = SETS[name]()
    weights = 0.5 + np.arange(len(rows)) % 4 / 2
    table = pandas.DataFrame(rows, columns=[f"x{column}" for column in range(rows.shape[1])])
    table = table.assign(w=weights, y=target)
    table.to_csv(folder / "data.csv", index=False)
    flags = ["--estimator", ESTIMATORS[estimator]]
    flags += ["--sample-weight", "w"] if is_weighted else ["--ignore", "w" if estimator is not OneClassSVM else "w,y"]
    flags += [] if estimator is OneClassSVM else ["--target", "y"]
    for key, value in parameters.items():
        flags += [FLAGS.get(key, f"--{key}"), str(value)]
    report = train(binary, folder, flags)
    x_train, x_test, y_train, y_test, of_train, _ = train_test_split(rows, target, weights, test_size=0.2, random_state=SEED)
    model = estimator(**parameters)
    weight = {"sample_weight": of_train} if is_weighted else {}
    model.fit(*((x_train,) if estimator is OneClassSVM else (x_train, y_train)), **weight)
    try:
        parts(libsvm(binary, folder), model)
        equal("iterations", report["iterations"], int(np.sum(model.n_iter_)))
        answers(binary, folder, model, x_test, table.columns[: rows.shape[1]])
    except Difference as difference:
        return title, f"WRONG: {difference}"
    return title, f"{len(x_train)} rows, {len(model.support_)} support vectors, {report['iterations']} iterations"


def compare_pipeline(binary, folder, strategy, scaler, encoded):
    title = f"impute {strategy}, scale {scaler}, one-hot {encoded}"
    houses(is_complete=strategy is None).to_csv(folder / "data.csv", index=False)
    table = pandas.read_csv(folder / "data.csv", keep_default_na=False, na_values=[""])
    flags = ["--target", "price", "--estimator", "svc"]
    of_numbers = ["area", "age", "distance"]
    table = table[of_numbers[:2] + encoded + of_numbers[2:] + ["price"]]
    table.to_csv(folder / "data.csv", index=False)
    flags += ["--impute", strategy] if strategy else []
    flags += ["--scale", scaler] if scaler else []
    flags += ["--one-hot", ",".join(encoded)] if encoded else []
    report = train(binary, folder, flags)
    imputers = [SimpleImputer(strategy=strategy)] if strategy else []
    numbers = make_pipeline(*imputers, *([SCALERS[scaler]()] if scaler else []), "passthrough")
    imputers = [SimpleImputer(strategy="most_frequent")] if strategy else []
    categories = make_pipeline(*imputers, OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    if encoded:
        steps = ColumnTransformer([("numbers", numbers, of_numbers), ("categories", categories, encoded)])
        data = table.drop(columns="price")
    else:
        steps, data = numbers, np.ascontiguousarray(table.drop(columns="price"))
    model = make_pipeline(steps, SVC())
    x_train, x_test, y_train, y_test = train_test_split(data, table["price"], test_size=0.2, random_state=SEED)
    model.fit(x_train, y_train)
    try:
        equal("support vectors", report["support_vectors_by_class"], model[-1].n_support_.tolist())
        equal("iterations", report["iterations"], int(np.sum(model[-1].n_iter_)))
        equal("accuracy", report["after_loading"]["accuracy"], model.score(x_test, y_test))
        answers(binary, folder, model, x_test, table.columns[:-1])
    except Difference as difference:
        return title, f"WRONG: {difference}"
    return title, f"{len(x_train)} rows, {sum(report['support_vectors_by_class'])} support vectors"


def houses(is_complete):
    """Numbers, texts, whole numbers and booleans, some of them missing, and one town that is there once."""
    random = np.random.default_rng(7)
    count = 1_500
    area, age, distance = random.gamma(5, 20, count), random.integers(0, 120, count).astype(float), random.normal(8, 3, count)
    town = random.choice(["Ulm", "Bonn", "Köln", "a, b", "x\"y"], count).astype(object)
    rooms, garden = random.integers(1, 7, count).astype(object), random.choice([True, False], count).astype(object)
    price = np.digitize(area / 30 + (town == "Ulm") - age / 80 + 0.3 * rooms.astype(float) + 0.5 * garden.astype(float), [3.2, 4.4])
    town[17] = "nowhere"
    if not is_complete:
        area[random.random(count) < 0.1] = np.nan
        distance[random.random(count) < 0.3] = np.nan
    for column in (town, rooms, garden):
        column[random.random(count) < 0.1] = None
    table = {"area": area, "age": age, "distance": distance, "town": town, "rooms": rooms, "garden": garden, "price": price}
    return pandas.DataFrame(table)


def train(binary, folder, flags):
    command = [binary, "train", folder / "data.csv", "--seed", str(SEED), "-o", folder / "model.bin", "--report", folder / "report.json"]
    subprocess.run([*command, *flags], check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "report.json").read_text())


def libsvm(binary, folder):
    text = subprocess.run([binary, "export", "--no-evidence-check", folder / "model.bin"], check=True, capture_output=True, text=True).stdout
    head, _, lines = text.partition("\nSV\n")
    head = {line.split()[0]: line.split()[1:] for line in head.splitlines()}
    return head, [line.split() for line in lines.splitlines()]


def parts(exported, model):
    """Support vectors, coefficients and intercepts of an exported model."""
    head, lines = exported
    coefficients = np.atleast_2d(model._dual_coef_)
    vectors = np.zeros(model.support_vectors_.shape)
    equal("number of support vectors", len(lines), len(vectors))
    found = np.array([[float(word) for word in line[: len(coefficients)]] for line in lines]).T
    for vector, line in zip(vectors, lines):
        for word in line[len(coefficients) :]:
            index, value = word.split(":")
            vector[int(index) - 1] = float(value)
    if not np.array_equal(vectors, model.support_vectors_):
        raise Difference("other support vectors")
    near("dual coefficients", found, coefficients, 1e-9)
    near("intercepts", -np.array(head["rho"], float), np.atleast_1d(model._intercept_), 1e-9)


def answers(binary, folder, model, x_test, columns):
    """Labels and scores of the held-out rows."""
    pandas.DataFrame(np.asarray(x_test, object), columns=columns).to_csv(folder / "asked.csv", index=False)
    has_scores = hasattr(model, "decision_function")
    asked = "predict,decision_function" if has_scores else "predict"
    command = [binary, "predict", "--model", folder / "model.bin", "--output", asked, folder / "asked.csv"]
    subprocess.run([*command, "-o", folder / "answers.csv"], check=True, stdout=subprocess.DEVNULL)
    found = pandas.read_csv(folder / "answers.csv").to_numpy()
    if has_scores:
        equal("labels", found[:, 0].astype(int).tolist(), model.predict(x_test).tolist())
        scores = np.asarray(model.decision_function(x_test))
        near("scores", found[:, 1:], scores.reshape(len(scores), -1), 1e-9, np.abs(scores).max())
    else:
        near("numbers", found[:, 0], model.predict(x_test), 1e-9)


def equal(what, found, expected):
    if found != expected:
        raise Difference(f"{what}: expected {expected}, found {found}"[:500])


def near(what, found, expected, tolerance, magnitude=0.0):
    difference = np.abs(found - expected)
    bound = tolerance * np.maximum(np.abs(expected), magnitude)
    if found.shape != expected.shape or not (difference <= bound).all():
        raise Difference(f"{what}: {(difference > bound).sum()} of {difference.size} differ, by up to {difference.max():.3g}")


if __name__ == "__main__":
    main()
