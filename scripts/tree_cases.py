"""Pipelines as people write them, for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

Steps one after the other, side by side and nested: ColumnTransformers, unions, imputers, functions. For each version of
pickle_fixtures.OLDER and FOUR a folder VERSION with the files CASE.joblib.z, or the folder CASE of a model in several files, and answers.json: tables of rows, and
for each case the index of its table, the names of its columns, and what scikit-learn gives for its rows. Infinite numbers and NaN are
strings. Numbers have few digits, so that the files are small.

A plain module that runs under every one of these versions, with Python 3.7 too.
"""

import argparse
import json
import pathlib
import warnings

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn import compose
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC

import pickle_fixtures

# the one of the time of each version of pickle_fixtures.OLDER and FOUR
PANDAS = ("1.1.5", "1.1.5", "1.5.3", "2.1.4", "2.2.3", "3.0.0")
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
NAMES = ["age", "fare", "size", "rate", "count"]
FUNCTIONS = [np.log1p, np.log, np.log2, np.log10, np.exp, np.expm1, np.sqrt, np.cbrt, np.square, np.abs, np.negative, np.reciprocal]
FUNCTIONS += [np.sign, np.tanh]


def make(folder):
    """Makes the files of all versions in `folder`."""
    versions = zip((*pickle_fixtures.OLDER, *pickle_fixtures.FOUR), PANDAS)
    with_pandas = [{**version, "pandas": pandas} for version, pandas in versions]
    pickle_fixtures.run_under(with_pandas, pathlib.Path(__file__), folder)


def numbers(count, seed):
    """Rows of columns of other sizes; the fourth has two values, the fifth whole numbers."""
    random = np.random.RandomState(seed)
    x = random.randint(-16, 17, size=(count, 5)) / 8
    return np.column_stack([x[:, 0] * 10 + 40, x[:, 1] * 100, x[:, 2], np.sign(x[:, 3] + 0.05), np.round(x[:, 4] * 8) + 17])


def labels(x):
    return (x[:, 0] > 40).astype(int) + (x[:, 2] * x[:, 3] > 0.5)


def with_gaps(x, seed, columns=(0, 2, 3)):
    random = np.random.RandomState(seed)
    gaps = np.zeros(x.shape, dtype=bool)
    gaps[:, columns] = random.uniform(size=(len(x), len(columns))) < 0.25
    return np.where(gaps, np.nan, x)


TRAIN = numbers(28, 1)
LABELS = labels(TRAIN)
ROWS = np.vstack([numbers(4, 2), numbers(1, 3) * 1e6, numbers(1, 4) * 1e-9, np.full((1, 5), 17.0), np.zeros((1, 5))])
POSITIVE = np.abs(ROWS[:6]) + 0.125
GAPS = with_gaps(TRAIN, 5)
ROWS_WITH_GAPS = np.vstack([with_gaps(ROWS, 6), np.where(np.arange(5) == 1, 3.0, np.nan)])
EMPTY = GAPS.copy()
EMPTY[:, 2] = np.nan
MARKED, ROWS_MARKED = np.nan_to_num(GAPS, nan=-1.0), np.nan_to_num(ROWS_WITH_GAPS, nan=-1.0)


class Case:
    """What is saved, and what gives its answers for rows."""

    def __init__(self, name, estimator, x=TRAIN, rows=ROWS, named=False, y=LABELS, files=None):
        table = (lambda rows: pd.DataFrame(rows, columns=NAMES)) if named else (lambda rows: rows)
        self.name, self.rows, self.named, self.table = name, rows, named, table
        self.estimator = estimator.fit(table(x), y)
        self.files = files(self.estimator) if files else None


def svc(**others):
    return SVC(gamma="scale", **others)


def columns(*transformers, **others):
    return ColumnTransformer(list(transformers), **others)


def cases():
    yield from one_after_the_other()
    yield from imputed()
    yield from selected()
    yield from side_by_side()
    yield from functions()
    yield from inside()
    yield from in_pieces()


def one_after_the_other():
    yield Case("scaler_pca", make_pipeline(StandardScaler(), PCA(3), svc()))
    yield Case("scaler_pca_named", make_pipeline(StandardScaler(), PCA(3, whiten=True), svc()), named=True)
    nested = make_pipeline(make_pipeline(RobustScaler(), "passthrough"), make_pipeline(PCA(4), MinMaxScaler()), svc())
    yield Case("nested_pipelines", nested)
    search = GridSearchCV(Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("svc", svc())]), {"pca__n_components": [2, 3]}, cv=2)
    yield Case("search", search)


def imputed():
    gaps = {"x": GAPS, "rows": ROWS_WITH_GAPS}
    for strategy in ("mean", "median", "most_frequent"):
        yield Case(f"imputer_{strategy}", make_pipeline(SimpleImputer(strategy=strategy), StandardScaler(), svc()), **gaps)
    constant = SimpleImputer(strategy="constant", fill_value=-1.5)
    yield Case("imputer_constant", make_pipeline(constant, StandardScaler(), svc()), named=True, **gaps)
    yield Case("imputer_indicator", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), svc()), **gaps)
    empty = {"x": EMPTY, "rows": ROWS_WITH_GAPS}
    yield Case("imputer_empty", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler(), svc()), **empty)
    yield Case("imputer_constant_empty", make_pipeline(SimpleImputer(strategy="constant", fill_value=2), StandardScaler(), svc()), **empty)
    if VERSION >= (1, 2):
        keeping = SimpleImputer(strategy="median", keep_empty_features=True)
        yield Case("imputer_keeping", make_pipeline(keeping, StandardScaler(), svc()), **empty)
        keeping = SimpleImputer(strategy="constant", fill_value=0.5, keep_empty_features=True)
        yield Case("imputer_constant_keeping", make_pipeline(keeping, StandardScaler(), svc()), named=True, **empty)
    marked = SimpleImputer(missing_values=-1, add_indicator=True)
    yield Case("imputer_of_a_number", make_pipeline(marked, StandardScaler(), svc()), MARKED, ROWS_MARKED)
    yield Case("scaler_imputer", make_pipeline(StandardScaler(), MinMaxScaler(), SimpleImputer(), svc()), **gaps)
    union = FeatureUnion([("value", SimpleImputer()), ("gap", MissingIndicator(error_on_new=False))])
    yield Case("indicator_beside", make_pipeline(union, StandardScaler(), svc()), **gaps)
    union = FeatureUnion([("value", SimpleImputer()), ("gap", MissingIndicator())])
    yield Case("indicator_strict", make_pipeline(union, StandardScaler(), svc()), GAPS, ROWS_WITH_GAPS[:-1])
    union = FeatureUnion([("value", SimpleImputer()), ("gap", MissingIndicator(features="all"))])
    yield Case("indicator_all", make_pipeline(union, svc()), **gaps)
    one = columns(("a", make_pipeline(SimpleImputer(), PCA(2)), [0, 2]), ("b", StandardScaler(), [1, 4]), ("c", SimpleImputer(), [3]))
    yield Case("imputer_of_some", make_pipeline(one, svc()), GAPS, ROWS_WITH_GAPS[:-1])


def selected():
    def case(name, *transformers, named=False, **others):
        return Case(name, make_pipeline(columns(*transformers, **others), svc()), named=named)

    two = ("a", StandardScaler(), [0, 2]), ("b", MinMaxScaler(), slice(3, 5))
    yield case("columns_passthrough", *two, remainder="passthrough")
    yield case("columns_drop", ("a", StandardScaler(), [-1, 1]), ("b", "passthrough", [2]), ("c", "drop", [0]))
    yield case("columns_remainder", ("a", StandardScaler(), [4, 0]), remainder=RobustScaler(), named=True)
    yield case("columns_mask", ("a", StandardScaler(), np.array([True, False, True, False, False])), remainder="passthrough")
    yield case("columns_mask_list", ("a", MaxAbsScaler(), [False, True, False, False, True]), remainder=StandardScaler())
    yield case("columns_array", ("a", MaxAbsScaler(), np.array([3, 1])), ("empty", StandardScaler(), []))
    yield case("columns_weights", *two, remainder="passthrough", transformer_weights={"a": 2.5, "b": -0.5})
    yield case("columns_twice", ("a", StandardScaler(), [0, 1, 2]), ("b", PCA(2), [2, 1]), ("c", "passthrough", [2, 2]))
    yield case("columns_names", ("a", StandardScaler(), ["fare", "age"]), ("b", MinMaxScaler(), ["count"]), named=True)
    yield case("columns_names_passthrough", ("a", StandardScaler(), ["size"]), remainder="passthrough", named=True)
    yield case("columns_names_remainder", ("a", MinMaxScaler(), ["size", "age"]), remainder=StandardScaler(), named=True)
    yield case("columns_slice_of_names", ("a", StandardScaler(), slice("fare", "rate")), remainder="passthrough", named=True)
    yield case("columns_slice_from_behind", ("a", StandardScaler(), slice(-3, None)), ("b", "passthrough", slice(None, -4)))
    yield case("columns_index", ("a", StandardScaler(), pd.Index(NAMES)[[0, 3]]), remainder="passthrough", named=True)
    if VERSION >= (0, 22):
        selector = compose.make_column_selector(pattern="e$")
        yield case("columns_selector", ("a", StandardScaler(), selector), ("b", MaxAbsScaler(), ["count"]), named=True)
    if VERSION >= (1, 2):
        tree = columns(("a", StandardScaler(), ["size", "age"]), remainder="passthrough").set_output(transform="pandas")
        yield Case("columns_pandas", make_pipeline(tree, MinMaxScaler(), svc()), named=True)


def side_by_side():
    scaled = FeatureUnion([("pca", PCA(2)), ("scaler", StandardScaler())])
    yield Case("union", make_pipeline(scaled, svc()))
    weighted = FeatureUnion([("pca", PCA(2)), ("scaler", MinMaxScaler())], transformer_weights={"pca": 0.25})
    yield Case("union_weights", make_pipeline(StandardScaler(), weighted, svc()), named=True)
    union = FeatureUnion([("dropped", "drop"), ("scaler", MinMaxScaler()), ("max", RobustScaler())])
    yield Case("union_drop", make_pipeline(union, svc()))
    if VERSION >= (1, 1):
        yield Case("union_passthrough", make_pipeline(FeatureUnion([("all", "passthrough"), ("pca", PCA(1))]), svc()))
    deep = columns(
        ("union", make_pipeline(StandardScaler(), FeatureUnion([("pca", PCA(2)), ("max", MaxAbsScaler())])), ["age", "fare", "size"]),
        ("rest", make_pipeline(SimpleImputer(), columns(("one", StandardScaler(), [1]), remainder="passthrough")), ["rate", "count"]),
    )
    yield Case("tree", make_pipeline(deep, StandardScaler(), svc()), named=True)
    behind = columns(("pca", PCA(2), [0, 1, 4]), remainder=MinMaxScaler())
    yield Case("columns_behind_a_scaler", make_pipeline(StandardScaler(), behind, svc()))
    yield Case("linear_svc", make_pipeline(columns(("a", StandardScaler(), [0, 1, 2])), LinearSVC(random_state=0, max_iter=10000)))
    svr = make_pipeline(columns(("a", StandardScaler(), [0, 1, 2]), remainder="passthrough"), SVR(gamma="scale"))
    yield Case("svr", svr, y=TRAIN[:, 2] + TRAIN[:, 0] / 8)


def functions():
    def of(function, **others):
        return FunctionTransformer(function, validate=False, **others)

    for function in FUNCTIONS:
        train = np.abs(TRAIN) / 64 + 0.125
        yield Case(f"function_{function.__name__}", make_pipeline(of(function), svc()), train, np.minimum(POSITIVE, 300) / 64)
    some = columns(("log", of(np.log1p), [0, 4]), ("none", of(None), [1]), ("abs", make_pipeline(of(np.abs), of(np.sqrt)), [2]))
    yield Case("function_of_some", make_pipeline(some, StandardScaler(), svc()))
    validated = FunctionTransformer(np.negative, validate=True)
    yield Case("function_validated", make_pipeline(validated, StandardScaler(), svc()), named=VERSION >= (1, 1))
    undone = make_pipeline(of(np.square), StandardScaler(), SimpleImputer(), svc())
    yield Case("function_imputer", undone, GAPS, ROWS_WITH_GAPS)
    # NaN that a function makes is imputed
    logarithm = make_pipeline(of(np.log), SimpleImputer(), svc())
    yield Case("function_makes_gaps", logarithm, np.where(TRAIN == 0, 1, TRAIN), np.where(ROWS == 0, 1, ROWS))


def inside():
    inner = make_pipeline(SimpleImputer(), StandardScaler(), svc())
    yield Case("one_vs_rest", OneVsRestClassifier(inner), GAPS, ROWS_WITH_GAPS)
    tree = make_pipeline(columns(("a", StandardScaler(), [0, 1]), remainder="passthrough"), CalibratedClassifierCV(make_pipeline(PCA(2), svc()), cv=2))
    yield Case("calibrated", tree)


def in_pieces():
    def pieces(pipeline):
        return {"preprocessor.pkl": pipeline.steps[0][1], "model.pkl": pipeline.steps[1][1]}

    tree = columns(("a", StandardScaler(), ["age", "fare"]), ("b", make_pipeline(SimpleImputer(), MinMaxScaler()), ["size", "rate"]))
    yield Case("pieces_columns", make_pipeline(tree, svc()), GAPS[:, [1, 4, 0, 2, 3]], ROWS_WITH_GAPS[:-1, [1, 4, 0, 2, 3]], named=True, files=pieces)
    union = FeatureUnion([("pca", PCA(2)), ("scaler", StandardScaler())])
    yield Case("pieces_union", make_pipeline(union, svc()), files=pieces)


def without_times(estimator):
    """The same estimator; a search does not say how long it took: two runs give the same bytes."""
    if isinstance(estimator, GridSearchCV):
        estimator.refit_time_ = 0.0
        for name, values in estimator.cv_results_.items():
            if name.endswith("_time"):
                values[:] = 0.0
    return estimator


def answers(each, tables):
    """The index of the rows in `tables`, which gets them, and what scikit-learn answers; null for what the estimator does not have."""
    rows = [[written(number) for number in row] for row in each.rows.tolist()]
    if rows not in tables:
        tables.append(rows)
    document = {"rows": tables.index(rows), "names": NAMES if each.named else None}
    for method in ("predict", "decision_function", "predict_proba"):
        values = None
        if hasattr(each.estimator, method):
            values = getattr(each.estimator, method)(each.table(each.rows))
            values = [[written(number) for number in np.atleast_1d(row).tolist()] for row in values]
        document[method] = values
    return document


def written(number):
    return number if np.isfinite(number) else str(number)


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true", help="ignored: every version makes the same files")
    options = parser.parse_args()
    # gaps in rows of a fit, and functions of numbers that have no value
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True)
    tables, documents = [], {}
    for each in cases():
        without_times(each.estimator)
        documents[each.name] = answers(each, tables)
        if each.files is None:
            joblib.dump(each.estimator, made / f"{each.name}.joblib.z", compress=("zlib", 9))
        for name, saved in (each.files or {}).items():
            (made / each.name).mkdir(exist_ok=True)
            joblib.dump(saved, made / each.name / name, compress=("zlib", 9))
    short = {"allow_nan": False, "separators": (",", ":")}
    lines = [f"{json.dumps(name)}:{json.dumps(document, **short)}" for name, document in documents.items()]
    rows = ",\n".join(json.dumps(table, **short) for table in tables)
    text = '{"rows":[' + rows + '],\n"cases":{\n' + ",\n".join(lines) + "}}\n"
    (made / "answers.json").write_text(text, encoding="utf-8")
    files = [path for path in made.rglob("*") if path.is_file()]
    print(f"trees/{sklearn.__version__}: {len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
