"""The models and rows of the comparison, made by scikit-learn; the numbers are the same in every run."""

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from peer import WORK
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

FOLDER = WORK / "rows"


@dataclass(frozen=True)
class Case:
    """A fitted classifier with integer labels, and rows to predict. Both also lie in files for other programs."""

    name: str
    model: SVC | Pipeline
    rows: np.ndarray

    @property
    def is_pipeline(self):
        return isinstance(self.model, Pipeline)

    @property
    def svc(self):
        """What decides."""
        return self.model[-1] if self.is_pipeline else self.model

    @property
    def model_file(self):
        return self.path("pickle")

    @property
    def shape(self):
        """Support vectors, features that they have, classes."""
        return int(self.svc.n_support_.sum()), self.svc.n_features_in_, len(self.svc.classes_)

    def path(self, end):
        return FOLDER / f"{self.name}.{end}"

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.model_file.write_bytes(pickle.dumps(self.model))
        self.rows.astype("<f8").tofile(self.path("rows"))


def iris(count):
    """The notebook's own model."""
    with open(WORK / "model", "rb") as file:
        model = pickle.load(file)
    return Case("iris", model, near(load_iris().data, count, spread=0.3))


def digits(count):
    data, labels = load_digits(return_X_y=True)
    return Case("digits", SVC(gamma="scale").fit(data, labels), near(data, count, spread=1.0))


def linear(count):
    """The handwritten digits with a linear kernel, of which svcd makes one product for each pair of classes."""
    data, labels = load_digits(return_X_y=True)
    return Case("linear", SVC(kernel="linear").fit(data, labels), near(data, count, spread=1.0))


def pipeline(count):
    """The handwritten digits behind a scaler and a PCA."""
    data, labels = load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), PCA(30, random_state=0), SVC(gamma="scale"))
    return Case("pipeline", model.fit(data, labels), near(data, count, spread=1.0))


def noise(count):
    """Labels that have nothing to do with the samples make a support vector of almost every one of them."""
    data, labels = make_classification(2_000, 200, n_informative=200, n_redundant=0, flip_y=1.0, random_state=0)
    return Case("noise", SVC(gamma="scale").fit(data, labels), near(data, count, spread=1.0))


def near(data, count, spread):
    """Rows around samples of the data, with four decimals."""
    random = np.random.default_rng(0)
    chosen = data[random.integers(len(data), size=count)]
    return np.round(chosen + random.normal(scale=spread, size=chosen.shape), 4)


def labels_of(path: Path):
    return np.fromfile(path, dtype="<i4")
