"""Models that answer with a number or a side, for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

SVR, NuSVR, LinearSVR and OneClassSVM, dense and fitted on sparse matrices. For each version of pickle_fixtures.FOUR, and with a few cases of
pickle_fixtures.OLDER, a folder VERSION with the
files CASE.FORM, or the folder CASE of a model in several files, and answers.json: tables of rows, and for each case the index of its table and what
scikit-learn gives for its rows; null for what the estimator does not have. Infinite numbers and NaN are strings. Numbers have few digits, so that the files are small.

A plain module that runs under every one of these versions, with Python 3.7 too.
"""

import argparse
import copy
import json
import pathlib
import pickle
import shutil
import sys
import types
import warnings
from dataclasses import dataclass

import joblib
import numpy as np
import scipy.sparse
import sklearn
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVR, LinearSVR, NuSVR, OneClassSVM

import pickle_fixtures

FORMS = {"p0": 0, "p2": 2, "p4": 4, "p5": 5}
COMPRESSIONS = {"joblib": 0, "joblib.z": ("zlib", 9)}
ALL = (*FORMS, *COMPRESSIONS)

KERNELS = {
    "linear": {},
    "poly": {"degree": 3, "coef0": 0.5, "gamma": 0.25},
    "rbf": {"gamma": "scale"},
    "sigmoid": {"gamma": 0.125, "coef0": -0.25},
}
IS_OLD = sklearn.__version__.startswith("0.")
ESTIMATORS = {"svr": SVR(C=2.0), "nu_svr": NuSVR(nu=0.4), "one_class": OneClassSVM(nu=0.3)}


def make(folder):
    """Makes the files of all versions in `folder`."""
    pickle_fixtures.run_under((*pickle_fixtures.OLDER, *pickle_fixtures.FOUR), pathlib.Path(__file__), folder)


@dataclass
class Case:
    """What is saved, in one form or more or as several files, and what gives its answers."""

    name: str
    saved: object
    estimator: object
    rows: np.ndarray
    forms: tuple = ("joblib.z",)
    files: dict = None


def data(width=3, count=16):
    """Training rows, a third of them zeros; their numbers; rows to ask for, zeros among them."""
    random = np.random.RandomState(width)
    x = random.randint(-16, 17, size=(count, width)) / 8
    x[random.uniform(size=x.shape) < 0.3] = 0.0
    y = np.round(x[:, 0] * 2 + np.sin(3 * x[:, -1]) + random.normal(size=count) * 0.25, 2)
    rows = np.vstack([random.randint(-24, 25, size=(5, width)) / 8, x[:1], np.zeros((1, width))])
    return x, y, rows


def case(name, estimator, table=None, is_sparse=False, saved=lambda fitted: fitted, **others):
    x, y, rows = data() if table is None else table
    fitted = estimator.fit(scipy.sparse.csr_matrix(x) if is_sparse else x, y)
    return Case(name, saved(fitted), fitted, rows, **others)


def with_kernel(name, kernel):
    estimator = copy.deepcopy(ESTIMATORS[name])
    return estimator.set_params(kernel=kernel, **KERNELS[kernel])


def cases():
    for name in ESTIMATORS:
        for kernel in KERNELS:
            yield case(f"{name}_{kernel}", with_kernel(name, kernel), forms=("p4",) if kernel == "poly" else ("joblib.z",))
            yield case(f"{name}_{kernel}_sparse", with_kernel(name, kernel), is_sparse=True)
        yield case(f"{name}_1", with_kernel(name, "rbf"), data(1))
        yield case(f"{name}_500", with_kernel(name, "rbf"), wide())
    yield from linear()
    yield from zero()
    yield from extreme()
    yield from wrapped()
    yield from transformed()
    yield from in_pieces()


def old_cases():
    """A few, each of another layout."""
    yield case("svr_rbf", with_kernel("svr", "rbf"))
    yield case("svr_poly_sparse", with_kernel("svr", "poly"), is_sparse=True)
    yield case("nu_svr_sigmoid", with_kernel("nu_svr", "sigmoid"), forms=("p4",))
    yield case("one_class_rbf", with_kernel("one_class", "rbf"), forms=("p2",))
    yield case("one_class_linear_sparse", with_kernel("one_class", "linear"), is_sparse=True)
    yield case("linear_svr", LinearSVR(C=0.5, random_state=0, max_iter=100000), forms=("p4",))
    yield case("linear_svr_no_intercept", LinearSVR(fit_intercept=False, random_state=0, max_iter=100000), forms=("p0", "joblib"))
    yield case("pipeline", make_pipeline(StandardScaler(), with_kernel("svr", "rbf")))


def wide():
    """Few rows of 500 small whole numbers."""
    random = np.random.RandomState(500)
    x = random.randint(-1, 2, size=(7, 500)).astype(float)
    return x[:5], np.array([0.5, -1.0, 2.0, 0.25, 3.0]), x[5:]


def linear():
    for form, is_sparse in [("p4", False), ("joblib.z", True)]:
        yield case("linear_svr" + "_sparse" * is_sparse, LinearSVR(C=0.5, random_state=0, max_iter=100000), is_sparse=is_sparse, forms=(form,))
    yield case("linear_svr_no_intercept", LinearSVR(fit_intercept=False, random_state=0, max_iter=100000), forms=("p0", "p2", "joblib"))
    yield case("linear_svr_1", LinearSVR(random_state=0, max_iter=100000), data(1))
    yield case("linear_svr_500", LinearSVR(random_state=0, max_iter=100000), wide())


def zero():
    """A decision value of exactly zero at the last row."""
    for kernel in ("linear", "rbf"):
        x, y, rows = data()
        svm = with_kernel("one_class", kernel).fit(x)
        for _ in range(4):
            svm._intercept_ = svm._intercept_ - svm.decision_function(rows[-1:])
        svm.intercept_, svm.offset_ = svm._intercept_.copy(), -svm._intercept_
        assert svm.decision_function(rows)[-1] == 0, svm.decision_function(rows)
        yield Case(f"one_class_{kernel}_zero", svm, svm, rows)


def extreme():
    x, y, rows = data()
    far = np.vstack([rows[:1] * 1e3, rows[1:2] * 1e300])
    yield case("svr_far", with_kernel("svr", "rbf"), (x, y, far))
    yield case("one_class_far", with_kernel("one_class", "rbf"), (x, y, far))
    yield case("svr_overflow", with_kernel("svr", "poly"), (x, y, rows[:4] * 1e150))
    yield case("one_class_overflow", with_kernel("one_class", "poly"), (x, y, rows[:4] * 1e150))
    for is_sparse in (False, True):
        yield case("svr_without_vectors" + "_sparse" * is_sparse, SVR(epsilon=100.0), is_sparse=is_sparse)


def wrapped():
    yield case("pipeline", make_pipeline(StandardScaler(), with_kernel("svr", "rbf")), saved=named, forms=("p5",))
    yield case("pipeline_one_class", make_pipeline(StandardScaler(), PCA(2), with_kernel("one_class", "rbf")))
    yield case("pipeline_linear", make_pipeline(MinMaxScaler(), LinearSVR(random_state=0, max_iter=100000)), forms=("p2",))
    search = GridSearchCV(with_kernel("nu_svr", "rbf"), {"C": [0.5, 5.0]}, cv=2)
    yield case("grid", search, saved=lambda fitted: fitted)
    yield case("all_forms", with_kernel("svr", "rbf"), forms=ALL[1:])
    yield case("one_class_joblib", with_kernel("one_class", "rbf"), is_sparse=True, forms=("joblib",))
    yield case("dict", with_kernel("svr", "poly"), saved=lambda fitted: {"score": 0.93, "model": fitted})
    yield case("before_0_22", with_kernel("svr", "rbf"), saved=before_0_22)
    yield case("one_class_before_0_22", with_kernel("one_class", "sigmoid"), saved=before_0_22)


def transformed():
    """Regressors that were trained on another unit of the target."""
    x, y, rows = data()
    positive = x, y - y.min() + 1.0, rows
    inner = make_pipeline(StandardScaler(), with_kernel("svr", "rbf"))
    outer = make_pipeline(MinMaxScaler(), TransformedTargetRegressor(inner, transformer=StandardScaler()))
    yield case("transformed_standard", outer)
    yield case("transformed_min_max", TransformedTargetRegressor(with_kernel("nu_svr", "poly"), transformer=MinMaxScaler()))
    linear_svr = LinearSVR(random_state=0, max_iter=100000)
    yield case("transformed_robust", TransformedTargetRegressor(linear_svr, transformer=RobustScaler(with_centering=False)), forms=("p2",))
    yield case("transformed_expm1", TransformedTargetRegressor(with_kernel("svr", "rbf"), func=np.log1p, inverse_func=np.expm1), positive)
    yield case("transformed_square", TransformedTargetRegressor(with_kernel("svr", "linear"), func=np.sqrt, inverse_func=np.square), positive)
    yield case("transformed_not", TransformedTargetRegressor(with_kernel("svr", "sigmoid")))


def named(pipeline):
    """As if it had been fitted on a table with names."""
    pipeline.steps[0][1].feature_names_in_ = np.array(["bmi", "bp", "s5"], dtype=object)
    return pipeline


def before_0_22(svm):
    """The same model as scikit-learn 0.21 names its class and its attributes."""
    name = type(svm).__name__
    module = sys.modules.setdefault("sklearn.svm.classes", types.ModuleType("sklearn.svm.classes"))
    old_class = type(name, (), {"__module__": module.__name__})
    setattr(module, name, old_class)
    state = dict(vars(svm))
    for newer, older in {"_probA": "probA_", "_probB": "probB_", "_n_support": "n_support_"}.items():
        state[older] = state.pop(newer)
    for later in ("n_features_in_", "_num_iter", "n_iter_", "_effective_probability"):
        state.pop(later, None)
    old = old_class()
    old.__dict__ = state | {"_sklearn_version": "0.21.3"}
    return old


def in_pieces():
    x, y, rows = data()
    scaler = StandardScaler().fit(x)
    for name in ("svr", "one_class"):
        svm = with_kernel(name, "rbf").fit(scaler.transform(x), y)
        files = {"scaler.pkl": scaler, "model.pkl": svm}
        yield Case(f"{name}_in_pieces", None, Pipeline([("scaler", scaler), ("svm", svm)]), rows, (), files)


def without_times(estimator):
    """The same estimator; a search does not say how long it took: two runs give the same bytes."""
    if isinstance(estimator, GridSearchCV):
        estimator.refit_time_ = 0.0
        for name, values in estimator.cv_results_.items():
            if name.endswith("_time"):
                values[:] = 0.0
    return estimator


def save(saved, path, form):
    if form in FORMS:
        path.write_bytes(pickle.dumps(saved, protocol=FORMS[form]))
    else:
        joblib.dump(saved, path, compress=COMPRESSIONS[form])


def answers(each, tables):
    """The index of the rows in `tables`, which gets them, and what scikit-learn answers; null for what the estimator does not have."""
    rows = each.rows.tolist()
    if rows not in tables:
        tables.append(rows)
    document = {"rows": tables.index(rows)}
    for method in ("predict", "decision_function", "score_samples"):
        function = getattr(each.estimator, method, None)
        document[method] = None if function is None else [written(number) for number in function(each.rows).tolist()]
    return document


def written(number):
    return number if np.isfinite(number) else str(number)


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true", help="ignored: every version makes the same files")
    options = parser.parse_args()
    # rows without names for a scaler with names, and numbers that overflow
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True)
    tables, documents = [], {}
    for each in old_cases() if IS_OLD else cases():
        without_times(each.estimator)
        documents[each.name] = answers(each, tables)
        for form in each.forms:
            save(each.saved, made / f"{each.name}.{form}", form)
        for name, saved in (each.files or {}).items():
            (made / each.name).mkdir(exist_ok=True)
            save(saved, made / each.name / name, "p4")
    short = {"allow_nan": False, "separators": (",", ":")}
    lines = [f"{json.dumps(name)}:{json.dumps(document, **short)}" for name, document in documents.items()]
    rows = ",\n".join(json.dumps(table, **short) for table in tables)
    text = '{"rows":[' + rows + '],\n"cases":{\n' + ",\n".join(lines) + "}}\n"
    (made / "answers.json").write_text(text, encoding="utf-8")
    files = [path for path in made.rglob("*") if path.is_file()]
    print(f"targets/{sklearn.__version__}: {len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
