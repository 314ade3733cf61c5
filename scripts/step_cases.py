"""Steps before an SVM, one at a time, for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

For each version of VERSIONS a folder VERSION with the files CASE.joblib.z, or CASE.p4, and for some versions CASE_columns.joblib.z, in pieces the folder CASE,
and answers.json: tables of rows, and for each case the index of its table and what scikit-learn gives: labels, decision values, and the rows after
the step. The model of CASE_columns is the step before a LinearSVC whose scores are the columns after the step, one each, and zeros up to the third.
The newest version also makes ndtri.txt, SciPy's inverse of the normal distribution bit by bit.

A plain module that runs under every one of these versions, with Python 3.7 too.
"""

import argparse
import json
import pathlib
import pickle
import struct
import warnings
from dataclasses import dataclass

import joblib
import numpy as np
import scipy.special
import sklearn
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    f_classif,
    mutual_info_classif,
)
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    Binarizer,
    KBinsDiscretizer,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC

import pickle_fixtures

VERSION = tuple(int(number) for number in sklearn.__version__.split(".")[:2])

# Two of older formulas, which need an interpreter of their time, and four.
VERSIONS = (
    {"python": "3.7", "scikit-learn": "0.22.2", "numpy": "1.19.5", "scipy": "1.4.1", "joblib": "0.14.1"},
    {"python": "3.7", "scikit-learn": "0.24.2", "numpy": "1.19.5", "scipy": "1.4.1", "joblib": "0.14.1"},
    *pickle_fixtures.FOUR,
)
# The versions that also make the files CASE_columns, and those that make a few cases.
WITH_COLUMNS = VERSION in [(0, 22), (1, 3), (1, 9)]
FEW = VERSION == (0, 24)


def make(folder):
    """Makes the files of all versions in `folder`."""
    pickle_fixtures.run_under(VERSIONS, pathlib.Path(__file__), folder)


@dataclass
class Case:
    """A step, the SVM behind it, what both were fitted on, and rows to ask for."""

    name: str
    step: object
    table: tuple
    svm: object = None
    form: str = "joblib.z"


def cases():
    table = data()
    kinds = [row_by_row, bins] if FEW else [row_by_row, bins, linear_maps, univariate, of_models, powers, quantiles]
    for kind in kinds:
        yield from kind(table)


def data():
    """Training rows: a normal column, a skewed one above zero, one of few values, a constant one, and two that tell the classes; the classes; rows to
    ask for: near, of the training, huge, tiny, and zeros."""
    random = np.random.RandomState(0)
    count = 24
    y = np.arange(count) % 3
    x = np.column_stack(
        [
            random.normal(size=count) * 3,
            np.exp(random.normal(size=count)),
            random.randint(0, 4, size=count),
            np.full(count, 2.5),
            2 * y + random.normal(size=count),
            random.normal(size=count) - 1.5 * (y == 1),
        ]
    ).round(3)
    near = (x[:4] + random.normal(size=(4, 6)) * 0.5).round(3)
    far = [near[0] * 1e3, near[1] * 1e-300, near[2] * 1e-9, near[3] * 1e15]
    return x, y, np.vstack([near, x[4:8], far, np.zeros((1, 6))])


def row_by_row(table):
    for norm in ("l1", "l2", "max"):
        yield Case("normalizer_" + norm, Normalizer(norm), table)
    wide = long_rows()
    for norm in ("l1", "l2"):
        yield Case("normalizer_" + norm + "_wide", Normalizer(norm), wide)
    negative = table[0] - 10, table[1], np.vstack([table[2] - 10, -np.abs(table[2])])
    yield Case("normalizer_max_negative", Normalizer("max"), negative)
    yield Case("binarizer", Binarizer(threshold=0.5), (table[0], table[1], np.vstack([table[2], np.full((1, 6), 0.5)])))
    x, y, rows = table[0][:, :3], table[1], table[2][:, :3]
    yield Case("polynomial", PolynomialFeatures(2), (x, y, rows))
    yield Case("polynomial_cubic", PolynomialFeatures(3, include_bias=False), (x, y, rows[:8]))
    yield Case("polynomial_interactions", PolynomialFeatures(4, interaction_only=True), table)
    if VERSION >= (1, 0):
        yield Case("polynomial_between", PolynomialFeatures((2, 3)), (x, y, rows[:8]))


def long_rows():
    """Few rows of 300 numbers, so that the order of additions shows."""
    random = np.random.RandomState(300)
    x = (random.normal(size=(9, 301)) * np.exp(random.normal(size=(9, 301)))).round(2)
    return x[:6], np.arange(6) % 3, x[6:]


def linear_maps(table):
    for whiten in (False, True):
        yield Case("pca" + "_whiten" * whiten, PCA(3, whiten=whiten), table)
        yield Case("incremental_pca" + "_whiten" * whiten, IncrementalPCA(3, whiten=whiten), table)
    yield Case("truncated_svd", TruncatedSVD(3, random_state=0), table)
    yield Case("lda_svd", LinearDiscriminantAnalysis(), table)
    yield Case("lda_eigen", LinearDiscriminantAnalysis("eigen", n_components=1, shrinkage=0.5), table)


def univariate(table):
    x, y, rows = table
    # two columns of equal scores
    x, rows = np.column_stack([x, x[:, 4]]), np.column_stack([rows, rows[:, 4]])
    table = x, y, rows
    yield Case("k_best", SelectKBest(f_classif, k=2), table)
    yield Case("k_best_tie", SelectKBest(f_classif, k=1), table)
    yield Case("k_best_all", SelectKBest(f_classif, k="all"), table)
    yield Case("k_best_mutual", SelectKBest(mutual_info_classif, k=3), table)
    for percentile in (15, 30, 60, 100):
        yield Case("percentile_%d" % percentile, SelectPercentile(f_classif, percentile=percentile), table)
    yield Case("fpr", SelectFpr(f_classif, alpha=0.4), table)
    yield Case("fdr", SelectFdr(f_classif, alpha=0.4), table)
    yield Case("fwe", SelectFwe(f_classif, alpha=0.4), table)
    for mode, param in [("k_best", 2), ("percentile", 40), ("fpr", 0.4), ("fdr", 0.4), ("fwe", 0.4)]:
        yield Case("generic_" + mode, GenericUnivariateSelect(f_classif, mode=mode, param=param), table)
    yield Case("variance", VarianceThreshold(), table)
    yield Case("variance_above", VarianceThreshold(1.0), table)


def linear_svc(**options):
    return LinearSVC(random_state=0, max_iter=1_000_000, **options)


def of_models(table):
    x, y, _ = table
    two = x, (y == 1).astype(int), table[2]
    l1 = linear_svc(penalty="l1", dual=False, C=0.5)
    yield Case("from_linear_svc", SelectFromModel(linear_svc(C=0.1)), table)
    yield Case("from_linear_svc_two", SelectFromModel(linear_svc(C=0.1), threshold="1.25*median"), two)
    yield Case("from_l1", SelectFromModel(l1), table)
    yield Case("from_logistic", SelectFromModel(LogisticRegression(C=0.1), threshold="median", norm_order=2), table)
    yield Case("from_lasso", SelectFromModel(Lasso(alpha=0.02)), table)
    yield Case("from_most", SelectFromModel(linear_svc(C=0.1), max_features=2, threshold=-np.inf), table, form="p4")
    prefit = SelectFromModel(linear_svc(C=0.1).fit(x, y), threshold=0.05, prefit=True)
    yield Case("from_prefit", Fitted(prefit) if VERSION < (1, 1) else prefit, table)
    yield Case("rfe", RFE(linear_svc(C=0.1), n_features_to_select=3), table)
    yield Case("rfecv", RFECV(SVC(kernel="linear"), cv=3, min_features_to_select=2), table)
    if VERSION >= (0, 24):
        from sklearn.feature_selection import SequentialFeatureSelector

        yield Case("sequential", SequentialFeatureSelector(SVC(), n_features_to_select=2, cv=2), table)
    # the selection is the last step
    yield Case("last_rfe", None, table, RFE(linear_svc(C=0.1), n_features_to_select=3))
    yield Case("last_rfe_svc", StandardScaler(), table, RFE(SVC(kernel="linear"), n_features_to_select=2))
    yield Case("last_rfecv", StandardScaler(), two, RFECV(SVC(kernel="linear"), cv=3, min_features_to_select=2))


def powers(table):
    x, y, rows = table[0][:, [0, 1, 2, 4]], table[1], table[2][:, [0, 1, 2, 4]]
    # near zero, where the ways to compute it differ, and not so far that it is infinite
    rows = np.vstack([rows[:8], rows[9:11], rows[12:], rows[:2] * 1e-6, -rows[:2] * 1e-4, rows[8:9] / 10])
    for standardize in (True, False):
        end = "" if standardize else "_alone"
        yield Case("yeo_johnson" + end, PowerTransformer(standardize=standardize), (x, y, rows))
        positive = np.abs(rows[:-3]) + 1e-3
        yield Case("box_cox" + end, PowerTransformer("box-cox", standardize=standardize), (np.abs(x) + 0.1, y, positive))
    ends = PowerTransformer(standardize=False).fit(x)
    ends.lambdas_ = np.array([0.0, 2.0, 1.0, -0.5])
    yield Case("yeo_johnson_ends", Fitted(ends), (x, y, rows))


def quantiles(table):
    x, y, rows = table
    for distribution in ("uniform", "normal"):
        for count in (24, 7):
            fitted = QuantileTransformer(n_quantiles=count, output_distribution=distribution).fit(x)
            at = np.unique(fitted.quantiles_, axis=0)[:4]
            asked = np.vstack([rows, at, at + 5e-8, at - 2e-7])
            step = QuantileTransformer(n_quantiles=count, output_distribution=distribution)
            yield Case("quantile_%s_%d" % (distribution, count), step, (x, y, asked))


def bins(table):
    x, y, rows = table
    for encode in ("ordinal", "onehot-dense", "onehot"):
        for strategy in ("uniform", "quantile", "kmeans")[: 3 if encode == "ordinal" else 2]:
            options = {"quantile_method": "averaged_inverted_cdf"} if VERSION >= (1, 7) else {}
            step = KBinsDiscretizer(3, encode=encode, strategy=strategy, **options)
            edges = KBinsDiscretizer(3, encode="ordinal", strategy=strategy, **options).fit(x).bin_edges_
            on = np.array([[own[min(place, len(own) - 1)] if np.isfinite(own[0]) else 2.5 for own in edges] for place in range(4)])
            near = on * (1 + 1e-12), on * (1 - 1e-12), on - 1e-6 * np.abs(on)
            yield Case("kbins_%s_%s" % (encode.replace("-", "_"), strategy), step, (x, y, np.vstack([rows, on, *near])))


class Fitted:
    """What fit leaves as it is."""

    def __init__(self, step):
        self.step = step


def fitted(case):
    """The step and the pipeline, fitted."""
    x, y, _ = case.table
    svm = SVC(C=2.0) if case.svm is None else case.svm
    if case.step is None:
        return None, svm.fit(x, y)
    step = case.step.step if isinstance(case.step, Fitted) else case.step.fit(x, y)
    return step, Pipeline([("step", step), ("svm", svm.fit(step.transform(x), y))])


def columns(step, width):
    """The step before a LinearSVC whose scores are the columns behind it."""
    svm = linear_svc()
    scores = max(3, width)
    svm.classes_, svm.coef_, svm.intercept_ = np.arange(scores), np.eye(scores, width), np.zeros(scores)
    return Pipeline([("step", step), ("svm", svm)])


def without_times(estimator):
    """The same, without how long anything took: two runs give the same bytes."""
    results = getattr(estimator, "cv_results_", {})
    for name in [name for name in results if name.endswith("_time")]:
        results[name] = np.zeros_like(results[name])
    return estimator


def dense(matrix):
    return np.asarray(matrix.todense() if hasattr(matrix, "todense") else matrix)


def answers(case, step, model, tables):
    """The index of the rows in `tables`, which gets them, and what scikit-learn answers."""
    rows = case.table[2]
    if rows.tolist() not in tables:
        tables.append(rows.tolist())
    document = {"rows": tables.index(rows.tolist())}
    document["predict"] = model.predict(rows).tolist()
    document["decision_function"] = model.decision_function(rows).reshape(len(rows), -1).tolist()
    if WITH_COLUMNS and case.svm is None:
        document["transform"] = dense(step.transform(rows)).tolist()
    return document


def save(saved, path, form):
    if form == "p4":
        path.write_bytes(pickle.dumps(saved, protocol=4))
    else:
        joblib.dump(saved, path, compress=("zlib", 9))


IN_PIECES = ("pca", "lda_svd", "k_best", "rfe", "from_linear_svc", "polynomial", "yeo_johnson", "quantile_normal_7", "kbins_ordinal_uniform") + ("normalizer_l2",) * (VERSION >= (0, 24))


def write_ndtri(path):
    """For each p the bits of p and of SciPy's answer: in the middle, in the tails and far out in them."""
    even = np.linspace(0.001, 0.999, 399)
    tails = np.exp(-np.linspace(0.5, 700, 300))
    p = np.concatenate([even, tails, 1 - tails[:16], [0.5, np.exp(-2), 1 - np.exp(-2), 1e-7, 1 - 1e-7]])
    bits = [(struct.pack(">d", a).hex(), struct.pack(">d", b).hex()) for a, b in zip(p, scipy.special.ndtri(p))]
    path.write_text("".join("%s %s\n" % pair for pair in bits), encoding="ascii")


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    # mutual_info_classif asks for numbers
    np.random.seed(0)
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True)
    tables, documents = [], {}
    for case in cases():
        step, model = fitted(case)
        without_times(step), without_times(case.svm)
        documents[case.name] = answers(case, step, model, tables)
        save(model, made / ("%s.%s" % (case.name, case.form)), case.form)
        if "transform" in documents[case.name]:
            width = len(documents[case.name]["transform"][0])
            save(columns(step, width), made / (case.name + "_columns.joblib.z"), "joblib.z")
        if case.name in IN_PIECES:
            (made / case.name).mkdir()
            save(step, made / case.name / "step.pkl", "p4")
            save(model.steps[-1][1], made / case.name / "svm.pkl", "p4")
    short = {"allow_nan": False, "separators": (",", ":")}
    lines = ["%s:%s" % (json.dumps(name), json.dumps(document, **short)) for name, document in documents.items()]
    rows = ",\n".join(json.dumps(table, **short) for table in tables)
    (made / "answers.json").write_text('{"rows":[' + rows + '],\n"cases":{\n' + ",\n".join(lines) + "}}\n", encoding="utf-8")
    if options.newest:
        write_ndtri(options.folder / "ndtri.txt")
    files = [path for path in made.rglob("*") if path.is_file()]
    print("steps/%s: %d files, %d bytes" % (sklearn.__version__, len(files), sum(path.stat().st_size for path in files)))


if __name__ == "__main__":
    main()
