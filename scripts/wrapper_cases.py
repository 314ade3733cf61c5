"""Estimators that wrap SVMs, for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

For each version of VERSIONS a folder VERSION with the files CASE.p2, .p5 or .joblib.z, for a model in pieces the folder CASE, and
CASE.expected.json: rows with the labels, decision values and probabilities that scikit-learn gives for them; null for what the
estimator does not have. The newest version also makes the folder refused.

A plain module that runs under every one of these versions, with Python 3.7 too.
"""

import argparse
import copy
import json
import pathlib
import pickle
import shutil
import subprocess
import sys
import warnings

import joblib
import numpy as np
import scipy.stats
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC

VERSION = tuple(int(number) for number in sklearn.__version__.split(".")[:2])

# The first two are of the last two layouts of CalibratedClassifierCV before 0.24, and need an interpreter of their time.
VERSIONS = (
    {"python": "3.7", "scikit-learn": "0.21.3", "numpy": "1.19.5", "scipy": "1.4.1", "joblib": "0.14.1"},
    {"python": "3.7", "scikit-learn": "0.23.2", "numpy": "1.19.5", "scipy": "1.4.1", "joblib": "0.14.1"},
    {"python": "3.11", "scikit-learn": "1.1.3", "numpy": "1.23.5", "scipy": "1.9.3", "joblib": "1.1.1", "imbalanced-learn": "0.10.1"},
    {"python": "3.11", "scikit-learn": "1.3.2", "numpy": "1.26.4", "scipy": "1.11.4", "joblib": "1.3.2", "imbalanced-learn": "0.11.0"},
    {"python": "3.11", "scikit-learn": "1.6.1", "numpy": "2.2.6", "scipy": "1.15.3", "joblib": "1.4.2", "imbalanced-learn": "0.13.0"},
    {"python": "3.11", "scikit-learn": "1.9.1", "numpy": "2.4.6", "scipy": "1.17.1", "joblib": "1.6.0", "imbalanced-learn": "0.14.2"},
)
SPECIES = ["setosa", "versicolor", "virginica"]
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]


def make(folder):
    """Makes the files of all versions in `folder`."""
    for made in [path for path in folder.glob("*") if path.is_dir()]:
        shutil.rmtree(str(made))
    for version in VERSIONS:
        version = dict(version)
        python = version.pop("python")
        pins = [argument for name, number in version.items() for argument in ("--with", "%s==%s" % (name, number))]
        command = ["uv", "run", "--quiet", "--no-project", "--python", python, *pins, "python", __file__]
        command += ["--folder", str(folder), *(["--newest"] if version["scikit-learn"] == VERSIONS[-1]["scikit-learn"] else [])]
        subprocess.run(command, check=True)


class Case:
    """What is saved under a name, and the estimator and rows that give the answers."""

    def __init__(self, name, saved, estimator, rows, form="joblib.z"):
        self.name, self.saved, self.estimator, self.rows, self.form = name, saved, estimator, rows, form


def iris(labels=None, classes=3):
    """Training rows, their labels, and rows to ask for: some held out, some around them, one far away."""
    x, y = load_iris(return_X_y=True)
    x, y = x[y < classes], y[y < classes]
    order = np.random.RandomState(0).permutation(len(x))
    x, y = x[order], y[order]
    around = np.random.RandomState(1).uniform(x.min(axis=0) - 1, x.max(axis=0) + 1, (3, 4)).round(1)
    rows = np.vstack([x[-3:], around, np.full((1, 4), 100.0)])
    x, y = x[:30], y[:30]
    return x, y if labels is None else np.array(labels)[y], rows


def clusters(classes):
    """As many classes, of which most rows are between some."""
    random = np.random.RandomState(classes)
    centers = random.uniform(-4, 4, (classes, 2))
    y = np.repeat(np.arange(classes), 4)
    x = (centers[y] + random.normal(size=(len(y), 2))).round(2)
    order = random.permutation(len(y))
    return x[order], np.array(DIGITS)[y][order], random.uniform(-5, 5, (4, 2)).round(1)


def case(name, estimator, data=None, changed=lambda fitted: fitted, form="joblib.z"):
    x, y, rows = data or iris()
    fitted = changed(without_times(estimator.fit(x, y)))
    return Case(name, fitted, fitted, rows, form)


def without_times(estimator):
    """The same estimator, with searches that do not say how long they took: two runs give the same bytes."""
    for inner in [estimator] + [step for _, step in getattr(estimator, "steps", [])]:
        if hasattr(inner, "cv_results_") and hasattr(inner, "refit_time_"):
            inner.refit_time_ = 0.0
            for name, values in inner.cv_results_.items():
                if name.endswith("_time"):
                    values[:] = 0.0
    return estimator


def cases():
    """What each version has that others do not, to keep the folder small; all of it for the oldest and the newest of one layout."""
    groups = {
        (0, 21): [calibrated],
        (0, 23): [calibrated],
        (1, 1): [calibrated, multiclass, sgd, searches, imbalanced, pieces],
        (1, 3): [multiclass, searches],
        (1, 6): [calibrated, multiclass, imbalanced, frozen, thresholds],
        (1, 9): [calibrated, multiclass, sgd, searches, imbalanced, pieces, frozen, thresholds],
    }
    for group in groups[VERSION]:
        yield from group()


def calibrated():
    yield case("isotonic", CalibratedClassifierCV(SVC(gamma="scale"), method="isotonic", cv=2), iris(SPECIES))
    two = CalibratedClassifierCV(NuSVC(nu=0.3, gamma="scale"), method="isotonic", cv=3)
    yield case("isotonic_two", two, iris(["no", "yes"], classes=2))
    yield case("isotonic_flat", CalibratedClassifierCV(LinearSVC(), method="isotonic", cv=2), iris(), flat)
    yield case("isotonic_flat_two", CalibratedClassifierCV(LinearSVC(), method="isotonic", cv=2), iris(classes=2), flat)
    yield case("sigmoid_linear", CalibratedClassifierCV(LinearSVC(), cv=2), iris(SPECIES))
    yield case("sigmoid_linear_two", CalibratedClassifierCV(LinearSVC(), cv=2), iris([-1, 1], classes=2))
    yield case("sigmoid_nu", CalibratedClassifierCV(NuSVC(nu=0.2, gamma="scale"), cv=2))
    # from eight classes on NumPy adds them up in another order
    yield case("isotonic_nine", CalibratedClassifierCV(LinearSVC(), method="isotonic", cv=2), clusters(9))
    yield case("sigmoid_twelve", CalibratedClassifierCV(LinearSVC(), cv=2), clusters(12))
    x, y, rows = iris(SPECIES)
    if VERSION < (1, 6):
        fitted = make_pipeline(StandardScaler(), LinearSVC()).fit(x, y)
        yield case("isotonic_prefit", CalibratedClassifierCV(fitted, method="isotonic", cv="prefit"), (x, y, rows))
    if VERSION >= (0, 24):
        single = CalibratedClassifierCV(make_pipeline(MinMaxScaler(), SVC()), method="isotonic", cv=2, ensemble=False)
        yield case("isotonic_single", single, (x, y, rows))
        yield case("sigmoid_sgd", make_pipeline(StandardScaler(), CalibratedClassifierCV(SGDClassifier(random_state=0), cv=2, ensemble=False)))
        yield case("sigmoid_of_one_vs_rest", CalibratedClassifierCV(OneVsRestClassifier(LinearSVC()), cv=2), (x, y, rows))


def flat(calibrated):
    """The same with curves that give all classes one height for many rows, so that the first of them wins."""
    for classifier in calibrated.calibrated_classifiers_:
        for curve in classifier.calibrators_ if VERSION < (0, 24) else classifier.calibrators:
            x, y = ("_necessary_X_", "_necessary_y_") if VERSION < (0, 24) else ("X_thresholds_", "y_thresholds_")
            setattr(curve, x, np.array([-2.0, -1.0, 0.0, 1.0]))
            setattr(curve, y, np.array([0.0, 0.5, 0.5, 0.75]))
            curve.X_min_, curve.X_max_ = -2.0, 1.0
            curve._build_f(getattr(curve, x), getattr(curve, y))
    return calibrated


def multiclass():
    yield case("rest", OneVsRestClassifier(SVC(gamma="scale")), iris(SPECIES))
    yield case("rest_two", OneVsRestClassifier(LinearSVC()), iris(["no", "yes"], classes=2))
    yield case("rest_ten", make_pipeline(StandardScaler(), OneVsRestClassifier(SVC(kernel="linear"))), clusters(10))
    yield case("rest_ties", OneVsRestClassifier(LinearSVC()), iris(SPECIES), lambda fitted: same_members(fitted, 1, 2))
    yield case("rest_zeros", OneVsRestClassifier(LinearSVC()), iris(), zeros)
    yield case("rest_zeros_two", OneVsRestClassifier(SVC(kernel="linear")), iris(["no", "yes"], classes=2), zeros)
    inside = make_pipeline(StandardScaler(), SVC(probability=True, random_state=0, gamma="scale"))
    yield case("rest_pipelines", OneVsRestClassifier(inside), iris(SPECIES))
    yield case("rest_calibrated", OneVsRestClassifier(CalibratedClassifierCV(LinearSVC(), cv=2)), iris(SPECIES))
    yield case("rest_calibrated_two", OneVsRestClassifier(CalibratedClassifierCV(LinearSVC(), cv=2)), iris(classes=2))
    yield case("one", OneVsOneClassifier(LinearSVC()), iris(SPECIES), form="p4")
    yield case("one_two", OneVsOneClassifier(SVC(gamma="scale")), iris([False, True], classes=2))
    yield case("one_ten", OneVsOneClassifier(LinearSVC()), clusters(10))
    # at zero an SVC is for the second class of its pair, a LinearSVC for the first
    yield case("one_zeros_svc", OneVsOneClassifier(SVC(kernel="linear")), iris(SPECIES), zeros)
    yield case("one_zeros_linear", OneVsOneClassifier(LinearSVC()), iris(SPECIES), zeros)
    yield case("one_circle", OneVsOneClassifier(LinearSVC()), iris(SPECIES), circle)
    yield case("one_zeros_two", OneVsOneClassifier(SVC(kernel="linear")), iris(classes=2), zeros)
    yield case("one_calibrated", OneVsOneClassifier(CalibratedClassifierCV(SVC(gamma="scale"), cv=2)), iris(SPECIES))


def same_members(fitted, first, second):
    fitted.estimators_[second] = fitted.estimators_[first]
    return fitted


def zeros(fitted):
    """The same with members whose decision values are zero for every row."""
    for member in fitted.estimators_:
        if isinstance(member, SVC):
            member._dual_coef_[:] = member.dual_coef_[:] = 0.0
            member._intercept_[:] = member.intercept_[:] = 0.0
        else:
            member.coef_[:] = 0.0
            member.intercept_[:] = 0.0
    return fitted


def circle(fitted):
    """The same with one vote for each class and equal scores."""
    for member, sign in zip(fitted.estimators_, (-1.0, 1.0, -1.0)):
        member.coef_[:] = 0.0
        member.intercept_[:] = sign
    return fitted


def sgd():
    yield case("sgd", SGDClassifier(random_state=0), iris(SPECIES), form="p2")
    yield case("sgd_two", SGDClassifier(random_state=0, average=True), iris(["no", "yes"], classes=2))
    yield case("sgd_squared", make_pipeline(StandardScaler(), SGDClassifier(loss="squared_hinge", penalty="l1", random_state=0)), iris(SPECIES))
    yield case("sgd_perceptron", SGDClassifier(loss="perceptron", fit_intercept=False, random_state=0), iris())
    x, y, rows = iris()
    yield case("sgd_single", SGDClassifier(random_state=0), (x.astype(np.float32), y, rows))


def searches():
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401
    from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV

    grid = HalvingGridSearchCV(SVC(), {"C": [0.5, 5.0], "kernel": np.array(["rbf", "linear"])}, cv=2, random_state=0)
    yield case("halving_grid", grid, iris(SPECIES))
    spread = {"svc__C": scipy.stats.loguniform(0.1, 10), "svc__gamma": scipy.stats.expon(scale=0.1)}
    halving = HalvingRandomSearchCV(make_pipeline(StandardScaler(), SVC()), spread, cv=2, random_state=0, n_candidates=4)
    yield case("halving_random", halving, iris(SPECIES))
    spread = {"C": scipy.stats.uniform(0.1, 2), "max_iter": scipy.stats.randint(1000, 2000), "loss": ["hinge", "squared_hinge"]}
    scores = {"scoring": ["accuracy", "f1_macro"], "refit": "f1_macro"}
    random = RandomizedSearchCV(LinearSVC(), spread, n_iter=2, cv=2, random_state=0, **scores)
    yield case("random_linear", random, iris(SPECIES))
    inside = GridSearchCV(OneVsRestClassifier(SVC()), {"estimator__C": [0.5, 5.0]}, cv=2)
    yield case("grid_of_rest", make_pipeline(StandardScaler(), inside), iris(SPECIES))
    yield case("grid_of_sgd", GridSearchCV(SGDClassifier(random_state=0), {"alpha": scipy.stats.norm.rvs(size=2, random_state=0) ** 2}, cv=2))


def imbalanced():
    from imblearn import FunctionSampler
    from imblearn.combine import SMOTETomek
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import Pipeline as Imbalanced
    from imblearn.pipeline import make_pipeline as make_imbalanced
    from imblearn.under_sampling import RandomUnderSampler

    over = make_imbalanced(StandardScaler(), SMOTE(k_neighbors=2, random_state=0), SVC())
    yield case("imbalanced", over, iris(SPECIES))
    under = Imbalanced([("under", RandomUnderSampler(random_state=0)), ("none", "passthrough"), ("scaler", MinMaxScaler()), ("svc", LinearSVC())])
    yield case("imbalanced_first", under, iris(SPECIES), named)
    several = make_imbalanced(FunctionSampler(), StandardScaler(), SMOTETomek(random_state=0), SVC(kernel="linear"))
    yield case("imbalanced_grid", GridSearchCV(several, {"svc__C": [0.5, 5.0]}, cv=2), iris(classes=2))


def named(pipeline):
    """As if it had been fitted on a table with names: scikit-learn keeps them in every step that sees it."""
    for _, step in pipeline.steps:
        if not isinstance(step, str):
            step.feature_names_in_ = np.array(["a", "b", "c", "d"], dtype=object)
    return pipeline


def pieces():
    """A scaler in a file of its own."""
    x, y, rows = iris(SPECIES)
    scaler = StandardScaler().fit(x)
    models = {
        "pieces_isotonic": CalibratedClassifierCV(SVC(), method="isotonic", cv=2),
        "pieces_rest": OneVsRestClassifier(LinearSVC()),
        "pieces_one": OneVsOneClassifier(SVC()),
        "pieces_sgd": SGDClassifier(random_state=0),
    }
    for name, model in models.items():
        model.fit(scaler.transform(x), y)
        yield Case(name, {"scaler": scaler, "model": model}, make_pipeline(scaler, model), rows, "pieces")


def frozen():
    from sklearn.frozen import FrozenEstimator

    x, y, rows = iris(SPECIES)
    scaler = StandardScaler().fit(x)
    yield case("frozen", FrozenEstimator(make_pipeline(scaler, SVC()).fit(x, y)), (x, y, rows))
    yield case("frozen_step", make_pipeline(FrozenEstimator(scaler), LinearSVC()), (x, y, rows))
    prefit = CalibratedClassifierCV(FrozenEstimator(make_pipeline(scaler, LinearSVC()).fit(x, y)), method="isotonic")
    yield case("frozen_isotonic", prefit, (x, y, rows))


def thresholds():
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    data = iris(["no", "yes"], classes=2)
    far = iris([3, 8], classes=2)
    yield case("threshold", FixedThresholdClassifier(SVC(), threshold=0.25), data)
    yield case("threshold_auto", FixedThresholdClassifier(LinearSVC()), far)
    yield case("threshold_first", FixedThresholdClassifier(SVC(kernel="linear"), threshold=0.5, pos_label=3), far)
    sure = CalibratedClassifierCV(LinearSVC(), cv=2)
    yield case("threshold_probability", FixedThresholdClassifier(sure, threshold=0.9, pos_label="no"), data)
    exact = FixedThresholdClassifier(LinearSVC(), threshold=0.0, response_method="decision_function")
    yield case("threshold_zero", exact, data, lambda fitted: zero_member(fitted))
    yield case("tuned", TunedThresholdClassifierCV(make_pipeline(StandardScaler(), SVC()), cv=2), data)
    tuned = TunedThresholdClassifierCV(sure, cv=2, scoring="accuracy", store_cv_results=True, random_state=0)
    yield case("tuned_probability", tuned, far)


def zero_member(fitted):
    fitted.estimator_.coef_[:] = 0.0
    fitted.estimator_.intercept_[:] = 0.0
    return fitted


def refused():
    """Names and objects that svcd says no to."""
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline as make_imbalanced
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import fbeta_score, make_scorer
    from sklearn.model_selection import TunedThresholdClassifierCV

    x, y, _ = iris()
    x2, y2, _ = iris(classes=2)
    yield "sgd_log", SGDClassifier(loss="log_loss").fit(x, y)
    yield "sgd_unfitted", SGDClassifier()
    yield "rest_of_labels", OneVsRestClassifier(LinearSVC()).fit(x, np.eye(3, dtype=int)[y])
    yield "rest_of_one_class", OneVsRestClassifier(LinearSVC()).fit(x, np.zeros(len(x), dtype=int))
    yield "rest_of_forests", OneVsRestClassifier(RandomForestClassifier(1, max_depth=1)).fit(x, y)
    yield "rest_unfitted", OneVsRestClassifier(SVC())
    changed = OneVsRestClassifier(SVC()).fit(x, y)
    changed.estimators_ = changed.estimators_[:2]
    yield "rest_short", changed
    kernels = x @ x.T
    yield "one_of_kernels", OneVsOneClassifier(SVC(kernel="precomputed")).fit(kernels, y)
    yield "one_calibrated_two", OneVsOneClassifier(CalibratedClassifierCV(LinearSVC(), cv=2)).fit(x2, y2)
    changed = OneVsOneClassifier(LinearSVC()).fit(x, y)
    changed.estimators_ = (SVC().fit(x, y), *changed.estimators_[1:])
    yield "one_classes", changed
    single = CalibratedClassifierCV(SGDClassifier(random_state=0), method="isotonic", cv=2).fit(x.astype(np.float32), y)
    yield "isotonic_single_precision", single
    changed = CalibratedClassifierCV(SVC(), method="isotonic", cv=2).fit(x, y)
    changed.calibrated_classifiers_[0].calibrators[0].X_thresholds_ = np.array([0.0, 0.0])
    changed.calibrated_classifiers_[0].calibrators[0].y_thresholds_ = np.array([0.0, 1.0])
    yield "isotonic_falls", changed
    # without the last classes in the rows that the members saw
    rare = np.where(np.arange(len(y)) < 28, y % 2, 2)
    yield "calibrated_some_classes", CalibratedClassifierCV(SVC(), cv=[(np.arange(24), np.arange(24, 30))]).fit(x, rare)
    yield "calibrated_of_logistic", CalibratedClassifierCV(LogisticRegression(), cv=2).fit(x, y)
    tuned = TunedThresholdClassifierCV(SVC(), cv=2, scoring=make_scorer(fbeta_score, beta=2.0))
    yield "tuned_for_positive", tuned.fit(x2, y2)
    yield "imbalanced_last", make_imbalanced(StandardScaler(), SMOTE(k_neighbors=2)).fit(x, y)
    deep = SVC().fit(x2, y2)
    for _ in range(4):
        outer = copy.copy(OneVsRestClassifier(SVC()).fit(x2, y2))
        outer.estimators_ = [deep]
        deep = outer
    yield "deep", deep


def save(saved, path, form):
    if form == "pieces":
        path.mkdir()
        for name, piece in saved.items():
            joblib.dump(piece, str(path / (name + ".joblib")), compress=("zlib", 9))
    elif form.startswith("p"):
        path.with_name(path.name + "." + form).write_bytes(pickle.dumps(saved, protocol=int(form[1:])))
    else:
        joblib.dump(saved, str(path) + "." + form, compress=("zlib", 9))


def answers(each):
    """Rows and what scikit-learn answers; null for what the model does not have."""
    estimator, rows = each.estimator, each.rows
    document = {"rows": rows.tolist(), "predict": estimator.predict(rows).tolist()}
    for method in ("decision_function", "predict_proba"):
        try:
            document[method] = getattr(estimator, method)(rows).reshape(len(rows), -1).tolist()
        except AttributeError:
            document[method] = None
    return document


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true")
    options = parser.parse_args()
    # training with few rows and with probability=True warns
    warnings.simplefilter("ignore")
    # some estimators take NumPy's own generator
    np.random.seed(0)
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True)
    for each in cases():
        save(each.saved, made / each.name, each.form)
        text = json.dumps(answers(each), allow_nan=False, separators=(",", ":"))
        (made / (each.name + ".expected.json")).write_text(text + "\n", encoding="utf-8")
    if options.newest:
        no = options.folder / "refused"
        no.mkdir()
        for name, saved in refused():
            save(saved, no / name, "joblib.z")
    files = [path for path in made.rglob("*") if path.is_file()]
    print("wrappers/%s: %d files, %d bytes" % (sklearn.__version__, len(files), sum(path.stat().st_size for path in files)))


if __name__ == "__main__":
    sys.exit(main())
