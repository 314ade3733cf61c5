"""The models and rows of the comparison, made by scikit-learn; the numbers are the same in every run."""

import pickle
from dataclasses import dataclass, replace

import numpy as np
import tables_data
from peer import WORK
from sklearn.base import is_classifier
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_classification
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

FOLDER = WORK / "rows"


@dataclass(frozen=True)
class Case:
    """A fitted model, whose labels are integers if it has some, and rows or documents for one of its methods. Both also lie in files for
    other programs.
    """

    name: str
    model: SVC | SVR | Pipeline
    rows: np.ndarray | list[str]
    method: str = "predict"

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
        """Support vectors, features that they have, classes: two where one sum decides."""
        classes = self.svc.classes_ if is_classifier(self.svc) else (0, 1)
        return int(self.svc.n_support_.sum()), self.svc.n_features_in_, len(classes)

    @property
    def has_documents(self):
        return isinstance(self.rows, list)

    @property
    def gives_labels(self):
        return self.method == "predict" and is_classifier(self.model)

    @property
    def size(self):
        if self.has_documents:
            return f"{self.svc.n_features_in_:,} words"
        n_support, n_features, _ = self.shape
        return f"{n_support:,} x {n_features}"

    def path(self, end):
        return FOLDER / f"{self.name}.{end}"

    def write(self):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.model_file.write_bytes(pickle.dumps(self.model))
        if self.has_documents:
            self.path("rows").write_text("".join(f"{document}\n" for document in self.rows))
        else:
            self.rows.astype("<f8").tofile(self.path("rows"))

    def answers(self, place):
        """Those that the predictor at this place wrote."""
        return np.fromfile(self.path(f"answers.{place}"), dtype="<i4" if self.gives_labels else "<f8")


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


def scores(make):
    """The same model and rows, asked for decision values."""

    def made(count):
        case = make(count)
        return replace(case, name=f"{case.name}-scores", method="decision_function")

    return made


def svr(count):
    """A regression: how far diabetes is after a year."""
    data, targets = load_diabetes(return_X_y=True)
    return Case("svr", SVR(C=100.0).fit(data, targets), near(data, count, spread=0.01))


def text(count):
    """Documents of twenty words of five topics, by TF-IDF and a LinearSVC."""
    return Case("text", tables_data.text_model(int), tables_data.documents(count, 6)[0])


def near(data, count, spread):
    """Rows around samples of the data, with four decimals."""
    random = np.random.default_rng(0)
    chosen = data[random.integers(len(data), size=count)]
    return np.round(chosen + random.normal(scale=spread, size=chosen.shape), 4)
