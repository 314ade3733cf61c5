"""Pickles and joblib files of scikit-learn 0.18 to 0.20 for svcd's tests, including some by Python 2.

Runs under the old interpreters themselves (CPython 3.6 and 2.7), which uv does not manage; tests/fixtures/pickle/README.md says how.
Writes the folder VERSION, or VERSION-python2, with CASE.FORMAT and CASE.expected.json.
"""

from __future__ import print_function

import io
import json
import os
import pickle
import sys
import warnings

import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.externals import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC

PYTHON_2 = sys.version_info[0] == 2
VERSION = tuple(int(number) for number in sklearn.__version__.split(".")[:2])
PROTOCOLS = ("p0", "p1", "p2") if PYTHON_2 else ("p0", "p2", "p4")
FORMS = PROTOCOLS + ("joblib", "joblib.z")


def iris(labels=None, classes=3):
    x, y = load_iris(return_X_y=True)
    x, y = x[y < classes], y[y < classes]
    order = np.random.RandomState(0).permutation(len(x))
    x, y = x[order], y[order]
    rows = np.vstack([x[-12:], np.random.RandomState(1).uniform(x.min(axis=0) - 1, x.max(axis=0) + 1, (12, 4)), np.ones((1, 4))])
    y = y[:-30]
    return x[:-30], y if labels is None else np.array(labels, dtype=object)[y], rows


def cases():
    """Names, what is saved, the estimator in it that answers, its SVC, and rows."""
    x, y, rows = iris()
    # str is bytes in Python 2
    _, names, _ = iris(["setosa", "versi\ncolor", "it's \\ virginica"])
    svc = SVC().fit(x, y)
    yield "svc", svc, svc, rows
    pipeline = make_pipeline(StandardScaler(), SVC(probability=True, random_state=0, gamma=0.25)).fit(x, names)
    yield "pipeline", pipeline, pipeline, rows
    x2, y2, rows2 = iris(classes=2)
    two = NuSVC(kernel="poly", degree=2, nu=0.3, coef0=0.5, gamma=0.25).fit(x2, y2)
    yield "two_classes", two, two, rows2
    ovo = SVC(kernel="linear", decision_function_shape="ovo", random_state=np.random.RandomState(3)).fit(x, y)
    yield "ovo", ovo, ovo, rows
    # Python 2 makes an array of bytes of them
    labels = SVC(kernel="linear", decision_function_shape="ovr").fit(x, np.array(["a", "bc", "def"])[y])
    yield "labels", labels, labels, rows
    inner = Pipeline([("a", MinMaxScaler((-1, 2))), ("none", None), ("c", RobustScaler())])
    scalers = Pipeline([("inner", inner), ("d", MaxAbsScaler()), ("svc", SVC(kernel="sigmoid", gamma=0.1, coef0=-1.0))]).fit(x, y)
    yield "scalers", scalers, scalers, rows
    grid = GridSearchCV(make_pipeline(StandardScaler(), SVC(gamma=0.25)), {"svc__C": [0.5, 5.0]}).fit(x, y)
    yield "grid", without_times(grid), grid, rows
    others = {"arrays": arrays(), "model": ovo, "labels": LabelEncoder().fit(["a", "b", "c"]), "pca": PCA(2).fit(x), "other": LogisticRegression().fit(x, y)}
    yield "dict", others, ovo, rows
    linear = LinearSVC(random_state=0).fit(x, names)
    yield "linear", linear, linear, rows
    without_intercept = LinearSVC(random_state=0, fit_intercept=False).fit(x2, y2)
    yield "linear_two", without_intercept, without_intercept, rows2
    pca = make_pipeline(StandardScaler(), PCA(3, whiten=True), PCA(2), SVC(gamma=0.25)).fit(x, y)
    yield "pca", pca, pca, rows
    sparse = SVC(gamma=0.25).fit(csr_matrix(np.where(x < 1.5, 0.0, x)), names)
    yield "sparse", sparse, sparse, rows
    if VERSION < (0, 20):
        from sklearn.grid_search import GridSearchCV as OldSearch

        old = OldSearch(SVC(gamma=0.25), {"C": [0.5, 5.0]}).fit(x, y)
        yield "old_grid", old, old, rows


def arrays():
    """Arrays that no model has: with joblib their bytes stand between those of the model."""
    records = [("number", "i4"), ("name", "S3")]
    objects = np.array([(1, "a"), (2, None)], dtype=[("number", "i4"), ("object", "O")])
    days = np.array(["2020-02-29", "2021-03-01"], dtype="M8[D]")
    return [
        np.zeros((2, 3, 2)),
        np.array([1j, 2]),
        np.array([b"a", b"bc"]),
        days,
        days - days[0],
        np.array([(1, b"abc")], dtype=records),
        objects,
        np.matrix([[1.0, 2.0]]),
        np.zeros(0),
        np.zeros(2, dtype="f4,(2,2)i2"),
        np.zeros(1, dtype=np.longdouble),
        np.array([{"a"}, None], dtype=object),
    ]


def without_times(search):
    """Two runs give the same bytes."""
    search.refit_time_ = 0.0
    for name, values in search.cv_results_.items():
        if name.endswith("_time"):
            values[:] = 0.0
    return search


def last(estimator):
    estimator = getattr(estimator, "best_estimator_", estimator)
    return last(estimator.steps[-1][1]) if hasattr(estimator, "steps") else estimator


def decision_function(estimator, rows):
    """These versions scaled the values of the shape `ovr` by the largest of all rows of a call. Since 0.21 a row's values depend on
    the row alone: here they are computed so from this version's own values of the pairs."""
    svc = last(estimator)
    if getattr(svc, "decision_function_shape", None) != "ovr" or len(svc.classes_) == 2:
        return estimator.decision_function(rows)
    svc.decision_function_shape = "ovo"
    pairs = estimator.decision_function(rows)
    svc.decision_function_shape = "ovr"
    k = len(svc.classes_)
    votes, sums = np.zeros((len(rows), k)), np.zeros((len(rows), k))
    for pair, (i, j) in enumerate((i, j) for i in range(k) for j in range(i + 1, k)):
        sums[:, i] += pairs[:, pair]
        sums[:, j] -= pairs[:, pair]
        votes[pairs[:, pair] >= 0, i] += 1
        votes[pairs[:, pair] < 0, j] += 1
    return votes + sums / (3 * (np.abs(sums) + 1))


def save(saved, path, form):
    if form.startswith("joblib"):
        joblib.dump(saved, path, compress=("zlib", 3) if form.endswith(".z") else 0)
    else:
        with open(path, "wb") as file:
            pickle.dump(saved, file, protocol=int(form[1:]))


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, "\nusage: old_pickles.py FOLDER", sep="", file=sys.stderr)
        sys.exit(0 if sys.argv[1:] == ["--help"] else 2)
    warnings.simplefilter("ignore")
    made = os.path.join(sys.argv[1], sklearn.__version__ + ("-python2" if PYTHON_2 else ""))
    if not os.path.isdir(made):
        os.makedirs(made)
    for name, saved, estimator, rows in cases():
        # before the answers: they are asked with other settings
        for form in FORMS:
            save(saved, os.path.join(made, name + "." + form), form)
        document = {"rows": rows.tolist(), "predict": estimator.predict(rows).tolist(), "predict_proba": None}
        document["decision_function"] = decision_function(estimator, rows).reshape(len(rows), -1).tolist()
        if getattr(last(estimator), "probability", False):
            document["predict_proba"] = estimator.predict_proba(rows).tolist()
        text = json.dumps(document, allow_nan=False, separators=(",", ":"), sort_keys=True)
        with io.open(os.path.join(made, name + ".expected.json"), "w", encoding="utf-8") as file:
            file.write(text if isinstance(text, type(u"")) else text.decode("ascii"))
            file.write(u"\n")
    print(made, len(os.listdir(made)))


if __name__ == "__main__":
    main()
