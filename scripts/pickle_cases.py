"""The models that pickle_fixtures.py saves: what they are trained on, in which formats, and what svcd refuses.

A plain module that runs under every version of scikit-learn listed there.
"""

import copy
import gzip
import json
import pickle
import shutil
import sys
import types
import warnings
from dataclasses import dataclass

import joblib
import numpy as np
import scipy.sparse
import scipy.stats
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC, NuSVC

try:
    from sklearn.frozen import FrozenEstimator
except ImportError:
    FrozenEstimator = None

NAMES = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")

PROTOCOLS = {f"p{number}": number for number in range(6)}
COMPRESSIONS = {"joblib": 0, "joblib.z": ("zlib", 3), "joblib.gz": ("gzip", 3)}
ALL = (*PROTOCOLS, *COMPRESSIONS)


@dataclass(frozen=True)
class Case:
    """One saved object, and the fitted estimator in it that gives the answers."""

    name: str
    saved: object
    estimator: object
    rows: np.ndarray
    formats: tuple = ("p4", "joblib.z")


def iris(labels=None, classes=3):
    """Training rows, their labels, and rows to ask for: some held out, some around them."""
    x, y = load_iris(return_X_y=True)
    kept = y < classes
    x, y = x[kept], y[kept]
    order = np.random.RandomState(0).permutation(len(x))
    x, y = x[order], y[order]
    low, high = x.min(axis=0) - 1, x.max(axis=0) + 1
    rows = np.vstack([x[-12:], np.random.RandomState(1).uniform(low, high, (12, x.shape[1])), np.ones((1, x.shape[1]))])
    y = y[: len(x) - 30]
    return x[: len(x) - 30], y if labels is None else np.array(labels)[y], rows


def case(name, estimator, data=None, saved=lambda fitted: fitted, **others):
    x, y, rows = data or iris()
    fitted = without_times(estimator.fit(x, y))
    return Case(name, saved(fitted), fitted, rows, **others)


def without_times(estimator):
    """The same estimator, with searches that do not say how long they took: two runs give the same bytes."""
    for inner in [estimator, *(step for _, step in getattr(estimator, "steps", []))]:
        if hasattr(inner, "cv_results_"):
            inner.refit_time_ = 0.0
            for name, values in inner.cv_results_.items():
                if name.endswith("_time"):
                    values[:] = 0.0
    return estimator


def named(estimator):
    """As if it had been fitted on a table with names: on its first step, where scikit-learn keeps them."""
    first = estimator.steps[0][1] if isinstance(estimator, Pipeline) else estimator
    first.feature_names_in_ = np.array(NAMES, dtype=object)
    return estimator


def cases():
    strings = ["setosa", "versicolor", "virginica"]
    objects = np.array(strings, dtype=object)
    yield case("svc", SVC(gamma="scale"), formats=ALL)
    probability = make_pipeline(StandardScaler(), SVC(probability=True, random_state=0))
    yield case("pipeline", probability, iris(objects), named, formats=ALL)
    two = SVC(kernel="poly", degree=np.int64(2), coef0=np.float32(0.5), break_ties=np.True_, probability=True, random_state=0)
    yield case("two_classes", two, iris([False, True], classes=2), formats=("p2", "p5", "joblib"))
    ovo = SVC(kernel="linear", decision_function_shape="ovo", random_state=np.random.RandomState(3))
    yield case("ovo", ovo, iris(np.array([7, 200, 255], dtype=np.uint8)), formats=("p3", "joblib"))
    yield case("break_ties", SVC(break_ties=True), iris([-1.0, 0.0, 9.0]))
    yield case("nu_sigmoid", NuSVC(nu=0.3, kernel="sigmoid", gamma=0.01, coef0=-1.0), iris(strings), named)
    # NumPy's own strings inside an array of objects
    yield case("numpy_strings", SVC(gamma="auto"), iris(np.array(list(np.array(strings)), dtype=object)), formats=("p2", "p5", "joblib"))
    yield case("weights", SVC(class_weight={2**53 + 1: 1.0, np.int64(2**63 - 1): 5.0, -(2**63): 2.0}, C=10), iris([2**53 + 1, 2**63 - 1, -(2**63)]))
    inner = Pipeline([("a", MinMaxScaler((-1, 2), clip=True)), ("b", "passthrough"), ("c", RobustScaler())])
    scalers = Pipeline([("inner", inner), ("none", "passthrough"), ("d", MaxAbsScaler()), ("e", make_pipeline(StandardScaler(with_mean=False), SVC()))])
    yield case("scalers", scalers)
    halves = make_pipeline(StandardScaler(with_std=False), RobustScaler(with_centering=False), SVC(kernel="linear"))
    yield case("half_scalers", halves)
    grid = GridSearchCV(make_pipeline(MinMaxScaler(), SVC()), {"svc__C": [0.5, 5.0], "svc__kernel": np.array(["rbf", "poly"])})
    yield case("grid", grid, formats=("p2", "p4", "joblib"))
    search = RandomizedSearchCV(SVC(), {"C": scipy.stats.loguniform(0.1, 10)}, n_iter=3, random_state=np.random.RandomState(0), scoring="f1_macro")
    yield case("random_search", search, iris(strings))
    yield case("pipeline_of_search", make_pipeline(StandardScaler(), GridSearchCV(SVC(), {"C": [1, 10]})), saved=named)
    yield case("tuple", SVC(), saved=lambda fitted: (fitted, LabelEncoder().fit(strings)))
    yield case("dict", SVC(kernel="poly"), saved=lambda fitted: {"columns": list(NAMES), "inside": {"model": fitted}, "score": 0.97})
    yield case("byte_orders", SVC(), saved=other_layouts)
    yield case("before_0_22", SVC(probability=True, random_state=0), saved=before_0_22)
    three = np.array([[0.0, 1.5], [2.25, -1.0], [-3.5, 0.5]])
    yield case("tiny", SVC(gamma=0.1), (three, np.arange(3), three[:, ::-1]), formats=("p0", "p5", "joblib", "joblib.z", "joblib.gz"))
    yield case("gzip_of_pickle", SVC(), formats=("p4.gz",))
    yield from calibrated()
    yield from linear()
    yield from with_pca()
    yield from sparse()


def linear():
    strings = ["setosa", "versicolor", "virginica"]
    yield case("linear", LinearSVC(), iris(strings), named, formats=ALL)
    yield case("linear_two", LinearSVC(C=0.5), iris(["no", "yes"], classes=2), formats=("p2", "p5", "joblib"))
    yield case("linear_crammer_singer", LinearSVC(multi_class="crammer_singer"), iris([5, -1, 8]))
    yield case("linear_crammer_singer_two", LinearSVC(multi_class="crammer_singer"), iris(classes=2))
    yield case("linear_no_intercept", LinearSVC(fit_intercept=False), iris([-2.0, 1.0, 3.0]), formats=("p0", "p4", "joblib"))
    yield case("linear_no_intercept_two", LinearSVC(fit_intercept=False), iris([False, True], classes=2))
    yield case("linear_sparsified", LinearSVC(penalty="l1", dual=False, C=0.1), saved=lambda fitted: fitted.sparsify(), formats=("p2", "p5", "joblib"))
    yield case("linear_sparsified_two", LinearSVC(penalty="l1", dual=False, C=0.1), iris(classes=2), saved=lambda fitted: fitted.sparsify())
    yield case("linear_pipeline", make_pipeline(StandardScaler(), MinMaxScaler(), LinearSVC(random_state=np.random.RandomState(1))), iris(strings), named)
    yield case("linear_grid", GridSearchCV(make_pipeline(RobustScaler(), LinearSVC()), {"linearsvc__C": [0.1, 1.0]}))


def with_pca():
    yield case("pca", make_pipeline(StandardScaler(), PCA(2), SVC(probability=True, random_state=0)), iris(), named, formats=("p2", "p5", "joblib", "joblib.z"))
    yield case("pca_whiten", make_pipeline(PCA(3, whiten=True), SVC()))
    x, y, rows = iris()
    # the last component has no variance
    flat = np.hstack([x, x[:, :1] + x[:, 1:2]]), y, np.hstack([rows, rows[:, :1] + rows[:, 1:2]])
    yield case("pca_all", make_pipeline(PCA(), SVC(kernel="linear")), flat)
    yield small_variance(x, y, rows)
    single = x.astype(np.float32), y, rows
    yield case("pca_float32", make_pipeline(PCA(3, whiten=True), SVC()), single)
    yield case("pca_linear", make_pipeline(PCA(2), LinearSVC()), iris(["a", "b", "c"]), named)
    far = x + 1e4, y, rows + 1e4
    yield case("pca_far", make_pipeline(PCA(2, random_state=0, svd_solver="randomized"), StandardScaler(), SVC()), far)
    yield case("pca_inside", Pipeline([("a", make_pipeline(MinMaxScaler(), PCA(3))), ("b", PCA(2)), ("c", SVC(kernel="poly"))]))
    yield case("pca_calibrated", CalibratedClassifierCV(make_pipeline(PCA(2), SVC()), cv=3))


def small_variance(x, y, rows):
    """A PCA that says of its last component that it hardly varies: newer versions divide by something larger."""
    pca = PCA(3, whiten=True).fit(x)
    pca.explained_variance_[2] = 1e-40
    scaler = StandardScaler().fit(pca.transform(x))
    svc = SVC().fit(scaler.transform(pca.transform(x)), y)
    fitted = Pipeline([("pca", pca), ("scaler", scaler), ("svc", svc)])
    return Case("pca_small_variance", fitted, fitted, rows)


def sparse():
    for kernel in ("linear", "poly", "rbf", "sigmoid"):
        for classes in (2, 3):
            x, y, rows = holey(classes)
            form = ("p2", "p5", "joblib") if kernel == "rbf" else ("p4", "joblib.z")
            yield case(f"sparse_{kernel}_{classes}", SVC(kernel=kernel, coef0=0.25), (scipy.sparse.csr_matrix(x), y, rows), formats=form)
    x, y, rows = holey(3)
    x = scipy.sparse.csr_matrix(x)
    yield case("sparse_nu", NuSVC(nu=0.2, probability=True, random_state=0), (x, np.array(["a", "b", "c"])[y], rows))
    scaled = make_pipeline(StandardScaler(with_mean=False), MaxAbsScaler(), RobustScaler(with_centering=False), SVC())
    yield case("sparse_pipeline", scaled, (x, y, rows))
    yield case("sparse_grid", GridSearchCV(SVC(), {"C": [1.0, 5.0]}, cv=2), (x, y, rows))


def holey(classes):
    """Training rows of 12 columns, most of them zeros and the last column all of them; their labels; rows to ask for."""
    random = np.random.RandomState(classes)
    x = np.where(random.uniform(size=(80, 12)) < 0.7, 0.0, random.normal(size=(80, 12)))
    x[:, -1] = 0.0
    y = np.argmax(x[:, :classes] + 0.3 * random.normal(size=(80, classes)), axis=1)
    return x[:60], y[:60], np.vstack([x[60:], random.normal(size=(10, 12)), np.zeros((1, 12))])


def calibrated():
    data = iris(np.array(["a", "b", "c"]))
    for ensemble in (False, True):
        name = "averaged" if ensemble else "single"
        yield case(f"calibrated_{name}", CalibratedClassifierCV(SVC(), cv=3, ensemble=ensemble), data)
        steps = make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(kernel="linear"), cv=3, ensemble=ensemble))
        yield case(f"calibrated_{name}_two", steps, iris(classes=2), named)
    inside = CalibratedClassifierCV(make_pipeline(StandardScaler(), SVC()), cv=3)
    yield case("calibrated_pipelines", inside)
    fitted = make_pipeline(StandardScaler(), SVC()).fit(*iris()[:2])
    # since 1.6 a fitted estimator is wrapped, before it had to be announced
    prefit = CalibratedClassifierCV(FrozenEstimator(fitted)) if FrozenEstimator else CalibratedClassifierCV(fitted, cv="prefit")
    yield case("calibrated_prefit", prefit)
    grid = GridSearchCV(CalibratedClassifierCV(SVC(), cv=2, ensemble=False), {"method": ["sigmoid"]}, cv=2)
    yield case("grid_of_calibrated", grid)


def other_layouts(svc):
    """The same model with its arrays in other orders of bytes and of items."""
    svc = copy.deepcopy(svc)
    svc.support_vectors_ = np.asfortranarray(svc.support_vectors_.astype(">f8"))
    svc._dual_coef_ = np.asfortranarray(svc._dual_coef_)
    svc._intercept_ = svc._intercept_.astype(">f8")
    svc._n_support = svc._n_support.astype(">i2")
    svc.classes_ = svc.classes_.astype(">u4")
    svc._gamma = np.float64(svc._gamma).astype(">f8")
    return svc


def before_0_22(svc):
    """The same model as scikit-learn 0.21 names its class and its attributes."""
    module = types.ModuleType("sklearn.svm.classes")
    module.SVC = type("SVC", (), {"__module__": "sklearn.svm.classes"})
    sys.modules["sklearn.svm.classes"] = module
    state = dict(vars(svc))
    for newer, older in {"_probA": "probA_", "_probB": "probB_", "_n_support": "n_support_"}.items():
        state[older] = state.pop(newer)
    for later in ("break_ties", "n_features_in_", "_num_iter", "n_iter_", "_effective_probability"):
        state.pop(later, None)
    old = module.SVC()
    old.__dict__ = state | {"_sklearn_version": "0.21.3"}
    return old


def refused():
    """Names and objects that svcd says no to."""
    x, y, _ = iris()
    svc = SVC().fit(x, y)
    yield "unfitted_linear", LinearSVC()
    changed = LinearSVC().fit(x, y)
    changed.coef_ = changed.coef_[:2]
    yield "linear_rows", changed
    changed = LinearSVC().fit(x, y)
    changed.intercept_ = changed.intercept_[:1]
    yield "linear_intercept", changed
    yield "forest", RandomForestClassifier(2, max_depth=2, random_state=0).fit(x, y)
    yield "precomputed", SVC(kernel="precomputed").fit(x[:20] @ x[:20].T, y[:20])
    yield "function_kernel", SVC(kernel=rbf_kernel).fit(x[:20], y[:20])
    changed = SVC().fit(scipy.sparse.csr_matrix(x), y)
    changed.support_vectors_.indices = changed.support_vectors_.indices[::-1].copy()
    yield "sparse_order", changed
    changed = SVC().fit(scipy.sparse.csr_matrix(x), y)
    changed._dual_coef_.data[3] = 0.0
    changed._dual_coef_.eliminate_zeros()
    yield "sparse_dual", changed
    yield "unfitted", SVC()
    yield "unfitted_pipeline", make_pipeline(StandardScaler(), SVC())
    yield "nystroem", make_pipeline(Nystroem(n_components=4, random_state=0), SVC()).fit(x, y)
    changed = make_pipeline(PCA(2), SVC()).fit(x, y)
    changed.steps[0][1].mean_ = np.zeros(3)
    yield "pca_mean", changed
    yield "no_classifier", make_pipeline(StandardScaler(), "passthrough").fit(x, y)
    yield "scaler", StandardScaler().fit(x)
    yield "label_encoder", LabelEncoder().fit(["a", "b"])
    yield "not_refitted", without_times(GridSearchCV(SVC(), {"C": [1, 2]}, refit=False).fit(x, y))
    yield "two_models", {"first": svc, "second": SVC(C=2).fit(x, y)}
    yield "no_model", (1, "text", LabelEncoder().fit(["a", "b"]))
    yield "temperature", CalibratedClassifierCV(SVC(), method="temperature", cv=2).fit(x, y)
    yield "calibrated_other", CalibratedClassifierCV(LogisticRegression(), cv=2).fit(x, y)
    changed = copy.deepcopy(svc)
    changed.threshold_ = 0.5
    yield "unknown_attribute", changed
    changed = copy.deepcopy(svc)
    changed._dual_coef_ = np.ascontiguousarray(changed._dual_coef_.T)
    yield "transposed", changed
    changed = copy.deepcopy(svc)
    changed._n_support = np.array([1, 2, 3], dtype=np.int32)
    yield "n_support", changed
    changed = copy.deepcopy(svc)
    changed._intercept_ = np.array([0.0, np.nan, 1.0])
    yield "nan", changed
    changed = copy.deepcopy(svc)
    changed.classes_ = np.array([b"a", b"b", b"c"])
    yield "bytes_labels", changed


def make_files(folder, newest):
    """Writes all files of this version, and gives their number and size."""
    # training with probability=True is deprecated and still what many stored models have
    warnings.simplefilter("ignore")
    # a distribution to search in holds NumPy's own generator
    np.random.seed(0)
    made = folder / sklearn.__version__
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    models = 0
    for each in cases():
        models += 1
        for form in each.formats:
            save(each.saved, made / f"{each.name}.{form}", form)
        expected = made / f"{each.name}.expected.json"
        expected.write_text(json.dumps(answers(each), allow_nan=False, separators=(",", ":")) + "\n", encoding="utf-8")
    if newest:
        save_newest(folder)
    files = [path for path in made.iterdir()]
    return {"models": models, "files": len(files), "bytes": sum(path.stat().st_size for path in files)}


def save_newest(folder):
    x, y = load_digits(return_X_y=True)
    large = case("digits", SVC(), (x[:150], y[:150], x[150:170]), formats=("p5", "joblib"))
    made = folder / sklearn.__version__
    for form in large.formats:
        save(large.saved, made / f"digits.{form}", form)
    (made / "digits.expected.json").write_text(json.dumps(answers(large), separators=(",", ":")) + "\n", encoding="utf-8")
    no = folder / "refused"
    shutil.rmtree(no, ignore_errors=True)
    no.mkdir()
    for name, saved in refused():
        save(saved, no / f"{name}.p4", "p4")
    for name in ("bz2", "xz", "lzma"):
        joblib.dump(SVC().fit(x[:20], y[:20]), no / f"compressed.{name}", compress=(name, 3))


def save(saved, path, form):
    if form == "p4.gz":
        with open(path, "wb") as raw, gzip.GzipFile("model", "wb", fileobj=raw, mtime=0) as file:
            pickle.dump(saved, file, protocol=4)
    elif form in PROTOCOLS:
        path.write_bytes(pickle.dumps(saved, protocol=PROTOCOLS[form]))
    else:
        joblib.dump(saved, path, compress=COMPRESSIONS[form])
    if form == "joblib.gz":
        # gzip's header holds the time at bytes 4 to 7
        content = bytearray(path.read_bytes())
        content[4:8] = bytes(4)
        path.write_bytes(content)


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
