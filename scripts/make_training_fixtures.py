# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "scipy==1.17.1",
#     "joblib==1.6.0",
#     "threadpoolctl==3.8.0",
#     "narwhals==2.29.0",
# ]
# ///
"""Fits scikit-learn's SVMs to small data and writes what came out, for the tests of svcd's own training.

Writes tests/fixtures/training.json: the data, and for each case the parameters, the support vectors by row, the dual coefficients, the
intercepts and the numbers of iterations. Made-up data come only from whole numbers, and the tests make them up again.

Needs uv, and the network for the first run.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR, OneClassSVM

warnings.simplefilter("ignore")


def made_up(n_rows, n_features, n_classes, seed):
    """Overlapping clusters: a class's centre is different in every third column. Weights are 0.5, 1, 1.5 or 2."""
    state = seed

    def number():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 40) / 2**24

    rows, classes, weights = [], [], []
    for index in range(n_rows):
        label = int(number() * n_classes)
        centre = [(label * 0.75 if column % 3 == label % 3 else 0.0) for column in range(n_features)]
        rows.append([value + 2.0 * number() + number() - 1.5 for value in centre])
        classes.append(label)
        weights.append(0.5 + int(number() * 4) / 2)
    return np.array(rows), np.array(classes), np.array(weights)


def sets():
    scaled = StandardScaler().fit_transform(load_breast_cancer().data)
    digits = load_digits()
    diabetes = load_diabetes(scaled=False)
    return {
        "iris": (load_iris().data, load_iris().target),
        "wine": (load_wine().data, load_wine().target),
        "breast_cancer": (np.round(scaled[:300], 2), load_breast_cancer().target[:300]),
        "digits": (digits.data[:300], digits.target[:300]),
        "diabetes": (np.round((diabetes.data - diabetes.data.mean(0)) / diabetes.data.std(0), 2)[:250], diabetes.target[:250]),
    }


MADE_UP = {
    "two": (300, 7, 2, 1),
    "three": (400, 20, 3, 2),
    "four": (240, 40, 4, 3),
    "five": (200, 3, 5, 4),
    "seven": (350, 16, 7, 5),
    "ten": (300, 33, 10, 6),
}

CASES = [
    ("iris", SVC, {}),
    ("iris", SVC, {"gamma": "auto"}),
    ("iris", SVC, {"kernel": "linear"}),
    ("iris", SVC, {"kernel": "poly", "coef0": 1.0}),
    ("iris", SVC, {"kernel": "sigmoid", "gamma": 0.01, "coef0": -0.5}),
    ("iris", SVC, {"C": 1e4}),
    ("iris", SVC, {"C": 100.0, "kernel": "linear"}),
    ("iris", SVC, {"class_weight": "balanced", "weighted": True}),
    ("iris", NuSVC, {"nu": 0.3}),
    ("iris", OneClassSVM, {"nu": 0.2}),
    ("wine", SVC, {"C": 10.0, "max_iter": 40}),
    ("wine", SVC, {"C": 10.0, "gamma": 1e-4}),
    ("wine", NuSVC, {"nu": 0.4, "gamma": 1e-3}),
    ("breast_cancer", SVC, {}),
    ("breast_cancer", SVC, {"kernel": "linear", "tol": 1e-6}),
    ("breast_cancer", SVC, {"shrinking": False}),
    ("breast_cancer", NuSVC, {"nu": 0.2}),
    ("breast_cancer", OneClassSVM, {"nu": 0.1, "weighted": True}),
    ("digits", SVC, {}),
    ("digits", SVC, {"shrinking": False, "C": 0.1}),
    ("diabetes", SVR, {"C": 100.0}),
    ("diabetes", SVR, {"C": 10.0, "kernel": "linear", "epsilon": 5.0, "weighted": True}),
    ("diabetes", SVR, {"kernel": "poly", "degree": 2, "coef0": 1.0}),
    ("diabetes", NuSVR, {"nu": 0.3, "C": 50.0}),
    ("diabetes", OneClassSVM, {"kernel": "sigmoid", "gamma": 0.01}),
    ("two", SVC, {"C": 50.0, "weighted": True}),
    ("three", SVC, {"kernel": "poly", "coef0": 0.5, "gamma": 0.05, "tol": 1e-5}),
    ("four", NuSVC, {"nu": 0.1, "weighted": True}),
    ("five", SVC, {"C": 100.0, "class_weight": "balanced"}),
    ("seven", SVC, {"kernel": "sigmoid", "gamma": 0.02, "weighted": True}),
    ("ten", SVC, {"kernel": "linear"}),
]


def fit(data, estimator, parameters):
    rows, target, weights = data
    parameters = dict(parameters)
    fit_parameters = {"sample_weight": weights} if parameters.pop("weighted", False) else {}
    model = estimator(**parameters)
    model.fit(*((rows,) if estimator is OneClassSVM else (rows, target)), **fit_parameters)
    short = [float(f"{value:.12g}") for value in model._dual_coef_.ravel()]
    return {
        "gamma": model._gamma,
        "support": model.support_.tolist(),
        "dual_coef": short,
        "intercept": model._intercept_.tolist(),
        "iterations": np.atleast_1d(model.n_iter_).tolist(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Path(__file__).parent.parent / "tests/fixtures/training.json"
    parser.add_argument("--output", type=Path, default=default, help="(default: %(default)s)")
    options = parser.parse_args()
    data = {name: (*numbers, weights_of(len(numbers[0]))) for name, numbers in sets().items()}
    stored = {name: {"rows": shortest(rows), "target": shortest(target)} for name, (rows, target, _) in data.items()}
    data |= {name: made_up(*shape) for name, shape in MADE_UP.items()}
    cases = [
        {"set": name, "estimator": estimator.__name__, "parameters": parameters, **fit(data[name], estimator, parameters)}
        for name, estimator, parameters in CASES
    ]
    document = {"sets": stored, "made_up": MADE_UP, "cases": cases}
    options.output.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(f"wrote {options.output}, {options.output.stat().st_size} bytes, {len(cases)} cases")


def weights_of(n_rows):
    """Weights of data that have none of their own."""
    return 0.5 + np.arange(n_rows) % 4 / 2


def shortest(numbers):
    """Whole numbers without a point."""
    return [shortest(row) if np.ndim(row) else int(row) if row == int(row) else float(row) for row in numbers]


if __name__ == "__main__":
    main()
