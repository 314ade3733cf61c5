"""Models saved in several files, for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

For each version of pickle_fixtures.FOUR a folder VERSION with the folders CASE, which hold the files as people save them, and
CASE.expected.json: rows as a client sends them, with the labels and decision values that scikit-learn gives when the transformers, the
model and the encoder of labels are called one after the other. CASE.saved: the same objects in one file. The newest version
also makes the folder hostile.

A plain module that runs under every one of these versions.
"""

import argparse
import datetime
import json
import pathlib
import pickle
import sys
import types
import warnings
from dataclasses import dataclass, field

import joblib
import numpy as np
import sklearn
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, StandardScaler
from sklearn.svm import SVC

import pickle_fixtures

NAMES = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
SPECIES = ["setosa", "versicolor", "virginica"]


def make(folder):
    """Makes the files of all versions in `folder`."""
    pickle_fixtures.run_under(pickle_fixtures.FOUR, pathlib.Path(__file__), folder)


@dataclass
class Case:
    """Files of one model, and what gives its answers: transformers in the order of their calls, the model, the encoder of labels."""

    name: str
    files: dict
    rows: np.ndarray
    transformers: list
    svc: object
    encoder: object = None
    saved: dict = field(default_factory=dict)


def iris(columns=4):
    """Training rows, their labels, and rows to ask for: some held out, some around them."""
    x, y = load_iris(return_X_y=True)
    order = np.random.RandomState(0).permutation(len(x))
    x, y = x[order, :columns], y[order]
    low, high = x.min(axis=0) - 1, x.max(axis=0) + 1
    rows = np.vstack([x[-8:], np.random.RandomState(1).uniform(low, high, (8, columns)), np.ones((1, columns))])
    return x[:50], y[:50], rows


def fitted(*transformers, svc=None, columns=4):
    """The transformers and an SVC, each fitted on what the one before it makes; and rows to ask for."""
    x, y, rows = iris(columns)
    for transformer in transformers:
        x = transformer.fit(x).transform(x)
    return list(transformers), (svc or SVC()).fit(x, y), rows


def cases():
    yield whole()
    (scaler,), svc, rows = fitted(StandardScaler())
    yield Case("scaler", {"scaler.pkl": scaler, "svm_model.pkl": svc}, rows, [scaler], svc)
    (scaler, pca), svc, rows = fitted(StandardScaler(), PCA(2))
    yield Case("scaler_pca", {"scaler.pkl": scaler, "pca.pkl": pca, "model.pkl": svc}, rows, [scaler, pca], svc)
    (scaler,), svc, rows = fitted(MinMaxScaler(), svc=SVC(kernel="linear"))
    yield Case("min_max", {"minmax.joblib": scaler, "svc.joblib": svc}, rows, [scaler], svc)
    (scaler,), svc, rows = fitted(StandardScaler())
    encoder = LabelEncoder().fit(SPECIES)
    yield Case("labels", {"scaler.pkl": scaler, "svm.pkl": svc, "labels.pkl": encoder}, rows, [scaler], svc, encoder)
    yield from input_encoders()
    yield from two_scalers()
    yield from names()
    yield from beside()
    yield from refused()


def whole():
    """A scaler, a PCA, an SVC and labels, in files of their own and in one."""
    (scaler, pca), svc, rows = fitted(StandardScaler(), PCA(3), svc=SVC(C=2.0))
    encoder = LabelEncoder().fit(SPECIES)
    files = {"scaler.pkl": scaler, "pca.pkl": pca, "svm.pkl": svc, "labels.pkl": encoder}
    saved = {
        "dict.pkl": {"model": svc, "scaler": scaler, "pca": pca, "encoder": encoder},
        "tuple.pkl": (svc, scaler, encoder, pca),
        "nested.pkl": [[scaler, [pca]], {"svm": svc}, (encoder,)],
        "dict.joblib": {"encoder": encoder, "pca": pca, "scaler": scaler, "model": svc},
    }
    return Case("whole", files, rows, [scaler, pca], svc, encoder, saved)


def input_encoders():
    """LabelEncoders of columns of the input. The rows to ask for hold their numbers already."""
    x, y, rows = iris()
    random = np.random.RandomState(3)
    sex, smoker = LabelEncoder().fit(["female", "male"]), LabelEncoder().fit(["no", "yes"])

    def encoded(table, *encoders):
        columns = [encoder.transform(random.choice(encoder.classes_, len(table))) for encoder in encoders]
        return np.column_stack([*columns, table])

    for name, encoders in [("input_encoder", {"sex": sex}), ("input_encoders", {"sex": sex, "smoker": smoker})]:
        table, asked = encoded(x, *encoders.values()), encoded(rows, *encoders.values())
        scaler = StandardScaler().fit(table)
        svc = SVC().fit(scaler.transform(table), y)
        files = {"scaler.pkl": scaler, "svm.pkl": svc}
        files.update({f"{key}_encoder.pkl": encoder for key, encoder in encoders.items()})
        yield Case(name, files, asked, [scaler], svc)
    # as many labels as the model has classes, but the classes are texts already
    (scaler,), svc, rows = fitted(StandardScaler())
    svc = SVC().fit(scaler.transform(x), np.array(SPECIES)[y])
    smoker = LabelEncoder().fit(["no", "often", "yes"])
    yield Case("input_encoder_of_texts", {"scaler.pkl": scaler, "svm.pkl": svc, "smoker.pkl": smoker}, rows, [scaler], svc)


def two_scalers():
    (first, second), svc, rows = fitted(StandardScaler(), MinMaxScaler((-1, 2)))
    yield Case("two_scalers", {"b_standard.pkl": first, "a_minmax.pkl": second, "svm.pkl": svc}, rows, [first, second], svc)
    (scaler,), svc, rows = fitted(StandardScaler())
    old = StandardScaler().fit(iris()[0][:20])
    saved = {"dict.pkl": {"svm": svc, "scaler": scaler, "old": old}}
    yield Case("old_scaler", {"old.pkl": old, "scaler.pkl": scaler, "svm.pkl": svc}, rows, [scaler], svc, saved=saved)
    (scaler,), svc, rows = fitted(StandardScaler())
    pipeline = Pipeline([("scaler", scaler), ("svm", svc)])
    yield Case("pipeline_and_scaler", {"scaler.pkl": scaler, "pipeline.pkl": pipeline}, rows, [scaler], svc)
    yield Case("same_scaler", {"scaler.pkl": scaler, "scaler_copy.pkl": scaler, "svm.pkl": svc}, rows, [scaler], svc)


def names():
    (scaler,), svc, rows = fitted(StandardScaler())
    # as if it had been fitted on a table with names
    scaler.feature_names_in_ = np.array(NAMES, dtype=object)
    yield Case("names_in_scaler", {"scaler.pkl": scaler, "svm.pkl": svc}, rows, [scaler], svc)
    (scaler,), svc, rows = fitted(StandardScaler())
    yield Case("names_in_list", {"scaler.pkl": scaler, "svm.pkl": svc, "feature_columns.pkl": NAMES}, rows, [scaler], svc)
    (scaler,), svc, rows = fitted(StandardScaler(), columns=3)
    yield Case("names_of_either", {"scaler.pkl": scaler, "svm.pkl": svc, "names.pkl": NAMES[:3]}, rows, [scaler], svc)


def beside():
    """Files that are no part of the model."""
    (scaler,), svc, rows = fitted(StandardScaler())
    x, y, _ = iris()
    forest = RandomForestClassifier(n_estimators=1, max_depth=1, random_state=0).fit(x, y)
    files = {"scaler.pkl": scaler, "svm.pkl": svc, "report.pkl": foreign(), "forest.pkl": forest}
    yield Case("foreign", files, rows, [scaler], svc)
    files = {
        "scaler.pkl": scaler,
        "svm.pkl": svc,
        "metrics.pkl": {"accuracy": 0.97, "f1": 0.96},
        "trained.pkl": datetime.date(2024, 2, 29),
        "path.pkl": pathlib.PurePosixPath("data/train.csv"),
        "sizes.pkl": [50, 100],
    }
    yield Case("data", files, rows, [scaler], svc)


def foreign():
    """An object whose class no library has."""
    module = types.ModuleType("company.reports")
    module.Report = type("Report", (), {"__module__": module.__name__})
    sys.modules["company"] = types.ModuleType("company")
    sys.modules[module.__name__] = module
    report = module.Report()
    report.title = "accuracy by month"
    return report


def refused():
    """What svcd serves only without one of the files, if at all."""
    (scaler,), svc, rows = fitted(Nystroem(n_components=4, random_state=0))
    saved = {"dict.pkl": {"nystroem": scaler, "svm": svc}}
    yield Case("not_applied", {"nystroem.pkl": scaler, "svm.pkl": svc}, rows, [], svc, saved=saved)
    (scaler,), svc, rows = fitted(StandardScaler())
    (_, _), other, _ = fitted(StandardScaler(), PCA(2))
    yield Case("two_models", {"scaler.pkl": scaler, "svm.pkl": svc, "svm_small.pkl": other}, rows, [scaler], svc)
    narrow = StandardScaler().fit(iris(3)[0])
    yield Case("other_width", {"scaler.pkl": narrow, "svm.pkl": svc}, rows, [], svc)


def hostile(folder):
    """Files that were made to take time or memory."""
    folder.mkdir()
    (scaler,), svc, _ = fitted(StandardScaler())
    own = {"svm": svc, "scaler": scaler}
    own["itself"] = own
    own["list"] = [own, [own]]
    dump(own, folder / "holds_itself.pkl")
    deep = scaler
    for _ in range(8):
        deep = [deep]
    dump({"svm": svc, "deep": deep}, folder / "deep.pkl")
    dump({"svm": svc, "many": [*range(300), scaler]}, folder / "many.pkl")


def dump(saved, path):
    if path.suffix == ".joblib":
        joblib.dump(saved, path)
    else:
        path.write_bytes(pickle.dumps(saved, protocol=4))


def answers(case):
    """Rows and what scikit-learn answers for them, called as a program that has these files does."""
    rows = case.rows
    for transformer in case.transformers:
        rows = transformer.transform(rows)
    labels = case.svc.predict(rows)
    if case.encoder is not None:
        labels = case.encoder.inverse_transform(labels)
    values = case.svc.decision_function(rows).reshape(len(rows), -1)
    return {"rows": case.rows.tolist(), "predict": labels.tolist(), "decision_function": values.tolist(), "predict_proba": None}


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true")
    options = parser.parse_args()
    # rows without names for a scaler with names
    warnings.simplefilter("ignore")
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True, exist_ok=True)
    for case in cases():
        for folder, files in [(made / case.name, case.files), (made / f"{case.name}.saved", case.saved)]:
            for name, saved in files.items():
                folder.mkdir(exist_ok=True)
                dump(saved, folder / name)
        text = json.dumps(answers(case), allow_nan=False, separators=(",", ":"))
        (made / f"{case.name}.expected.json").write_text(text + "\n", encoding="utf-8")
    if options.newest:
        hostile(options.folder / "hostile")
    files = [path for path in made.rglob("*") if path.is_file()]
    print(f"pieces/{sklearn.__version__}: {len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
