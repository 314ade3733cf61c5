"""Models of text for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

For each version a folder VERSION with the files CASE.FORM, or the folder CASE of a model in several files, and answers.json: for each case what
scikit-learn gives for the documents of documents.json, or for rows of a table where a case has one. Numbers are written so that they read back
as the same doubles.

A plain module that runs under every one of these versions, with Python 3.7 too.
"""

import argparse
import json
import pathlib
import pickle
import sys
import warnings
from dataclasses import dataclass

import joblib
import numpy as np
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, StandardScaler
from sklearn.svm import SVC, LinearSVC, LinearSVR

import pickle_fixtures

FORMS = {"p2": 2, "p3": 3, "p4": 4}

MORE = (
    {"scikit-learn": "1.4.2", "numpy": "1.26.4", "scipy": "1.13.1", "joblib": "1.4.2"},
    {"scikit-learn": "1.6.1", "numpy": "2.2.6", "scipy": "1.15.3", "joblib": "1.4.2"},
)
OLD, NEWEST = pickle_fixtures.OLDER[-1], {**pickle_fixtures.VERSIONS[-1], "pandas": "3.0.0"}
VERSIONS = (OLD, *pickle_fixtures.VERSIONS[:2], MORE[0], pickle_fixtures.VERSIONS[2], MORE[1], NEWEST)
IS_OLD = sklearn.__version__.startswith("0.")
IS_NEWEST = sklearn.__version__ == NEWEST["scikit-learn"]

TRAINING = [
    ("Free prize, call now! Win £1000 cash", "spam"),
    ("URGENT: you have won a FREE ticket, call 08001234", "spam"),
    ("Cheap meds, buy now, free delivery!!!", "spam"),
    ("Win cash prizes: text WIN to 80800 now", "spam"),
    ("Your account is locked, click http://x.example/login", "phish"),
    ("Verify your account password at http://y.example", "phish"),
    ("Security alert: confirm your password and account", "phish"),
    ("Are we still on for lunch tomorrow?", "ham"),
    ("Can you call me when you get home", "ham"),
    ("The meeting is moved to 3pm, see you at the café", "ham"),
    ("Ok, see you later, I'll bring the tickets", "ham"),
    ("Straße und Käse: naïve Grüße aus Köln", "ham"),
    ("Привет, увидимся завтра на встрече", "ham"),
    ("明天 见面 好吗", "ham"),
]

ASKED = [
    "free prize, call now",
    "Confirm your PASSWORD, your password now",
    "See you at lunch tomorrow, call me",
    "KÖLN: STRASSE straße Café cafe",
    "привет! увидимся завтра",
    "明天 好吗 见面",
    "win win win cash cash now the the the you you",
    "xyzzy plugh",
    "",
    "\ud83d".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + " 80800 08001234 3pm",
]


def make(folder):
    """Makes the files of all versions in `folder`."""
    pickle_fixtures.run_under(VERSIONS, pathlib.Path(__file__), folder)


@dataclass
class Case:
    """What is saved, in one form or as several files, and what gives its answers."""

    name: str
    saved: object
    estimator: object
    form: str = "p4"
    files: dict = None
    rows: list = None


def linear():
    return LinearSVC(random_state=0, max_iter=100000)


def two(classes):
    """The labels, or whether they are spam."""
    return [label if classes == 3 else label == "spam" for _, label in TRAINING]


TEXTS = [text for text, _ in TRAINING]


def case(name, *steps, classes=2, form="p4", saved=None):
    estimator = make_pipeline(*steps).fit(TEXTS, two(classes))
    return Case(name, saved(estimator) if saved else estimator, estimator, form)


def common():
    """A few for every version, each of another layout."""
    yield case("tfidf", TfidfVectorizer(), linear(), classes=3)
    yield case("tfidf_sublinear", TfidfVectorizer(sublinear_tf=True, norm="l1"), linear())
    yield case("count_max_features", CountVectorizer(max_features=20, ngram_range=(1, 2)), linear(), form="p2")
    yield case("count_tfidf_svc", CountVectorizer(stop_words="english"), TfidfTransformer(), SVC(kernel="rbf"), classes=3)
    yield case("hashing", HashingVectorizer(n_features=64), linear(), form="p3")
    yield in_files("two_files", TfidfVectorizer(min_df=2), linear())


def cases():
    yield from common()
    if not IS_NEWEST:
        return
    yield from options()
    yield from vocabularies()
    yield from kernels()
    yield from wrapped()
    yield from between()
    yield from tables()
    yield in_files("two_files_dense", CountVectorizer(max_features=25), SVC(kernel="linear"), dense=True)
    vectorizer = TfidfVectorizer().fit(TEXTS)
    model = linear().fit(vectorizer.transform(TEXTS), two(3))
    yield Case("tuple", (vectorizer, model), make_pipeline(vectorizer, model))


def options():
    for name, setting in {
        "no_idf": {"use_idf": False},
        "no_norm": {"norm": None},
        "no_smoothing": {"smooth_idf": False, "binary": True},
        "single": {"dtype": np.float32},
        "single_sublinear": {"dtype": np.float32, "sublinear_tf": True, "norm": "l1"},
        "stop_words": {"stop_words": ["you", "the", "NOW"]},
        "english_bigrams": {"stop_words": "english", "ngram_range": (1, 2)},
        "case": {"lowercase": False},
        "ascii": {"strip_accents": "ascii"},
        "unicode": {"strip_accents": "unicode"},
        "pattern": {"token_pattern": r"[A-Za-z0-9]+(?=\s+)"},
        "split": {"tokenizer": str.split, "token_pattern": None},
        "lower": {"preprocessor": str.lower, "strip_accents": "ascii"},
        "char": {"analyzer": "char", "ngram_range": (2, 3), "max_features": 60},
        "char_wb": {"analyzer": "char_wb", "ngram_range": (2, 4), "max_features": 60},
    }.items():
        yield case(f"tfidf_{name}", TfidfVectorizer(**setting), linear())
    for name, setting in {"binary": {"binary": True}, "analyzer": {"analyzer": str.split}}.items():
        yield case(f"count_{name}", CountVectorizer(**setting), linear())
    for name, setting in {
        "l1": {"norm": "l1", "alternate_sign": False},
        "binary": {"norm": None, "binary": True, "ngram_range": (1, 2)},
    }.items():
        yield case(f"hashing_{name}", HashingVectorizer(n_features=32, **setting), linear())


def vocabularies():
    words = ["free", "call", "now", "you", "account", "tomorrow", "\ud83d", "0" * 40]
    for name, given in {"list": words, "set": set(words), "dict": {word: place for place, word in enumerate(reversed(words))}}.items():
        fitted = CountVectorizer(vocabulary=given)
        model = linear().fit(fitted.transform(TEXTS), two(2))
        fresh = CountVectorizer(vocabulary=given)
        yield Case(f"never_fitted_{name}", Pipeline([("v", fresh), ("m", model)]), Pipeline([("v", fitted), ("m", model)]))


def kernels():
    for kernel in ("linear", "poly", "sigmoid"):
        yield case(f"svc_{kernel}", TfidfVectorizer(max_features=30), SVC(kernel=kernel, degree=2, coef0=0.5), classes=3)


def wrapped():
    yield case("calibrated", TfidfVectorizer(), CalibratedClassifierCV(linear(), cv=2))
    inside = make_pipeline(TfidfVectorizer(max_features=20), linear())
    calibrated = CalibratedClassifierCV(inside, cv=2).fit(TEXTS, two(2))
    yield Case("calibrated_pipelines", calibrated, calibrated)
    yield case("one_vs_rest", CountVectorizer(max_features=30), OneVsRestClassifier(SVC(kernel="rbf")), classes=3)
    search = GridSearchCV(make_pipeline(TfidfVectorizer(max_features=30), linear()), {"linearsvc__C": [0.5, 5.0]}, cv=2)
    search.fit(TEXTS, two(2))
    search.refit_time_ = 0.0
    for name, values in search.cv_results_.items():
        if name.endswith("_time"):
            values[:] = 0.0
    yield Case("grid", search, search)
    yield case("sgd", TfidfVectorizer(max_features=30), SGDClassifier(random_state=0), classes=3)
    lengths = make_pipeline(TfidfVectorizer(max_features=30), LinearSVR(random_state=0, max_iter=100000))
    lengths.fit(TEXTS, [float(len(text)) for text in TEXTS])
    yield Case("svr", lengths, lengths)


def between():
    count = lambda: CountVectorizer(max_features=40)
    yield case("max_abs", count(), MaxAbsScaler(), linear())
    yield case("standard", TfidfVectorizer(max_features=40), StandardScaler(with_mean=False), SVC(kernel="linear"), classes=3)
    yield case("normalizer", count(), Normalizer("l1"), linear())
    yield case("svd", TfidfVectorizer(max_features=40), TruncatedSVD(4, random_state=0), StandardScaler(), linear())
    yield case("select", count(), SelectKBest(chi2, k=15), TfidfTransformer(), linear())
    union = FeatureUnion(
        [("words", TfidfVectorizer(max_features=20)), ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), max_features=20))],
        transformer_weights={"letters": 0.25},
    )
    yield case("union", union, linear())


def tables():
    """A text column beside numbers."""
    import pandas as pd

    table = pd.DataFrame({"length": [float(len(text)) for text in TEXTS], "text": TEXTS, "calls": [text.lower().count("call") for text in TEXTS]})
    rows = [[float(len(text)), text, index % 3] for index, text in enumerate(ASKED)]
    asked = pd.DataFrame(rows, columns=table.columns)
    for name, threshold in (("sparse", 1.0), ("dense", 0.0)):
        columns = ColumnTransformer(
            [("text", TfidfVectorizer(max_features=20), "text"), ("numbers", StandardScaler(), ["calls", "length"])],
            sparse_threshold=threshold,
        )
        estimator = make_pipeline(columns, linear()).fit(table, two(3))
        yield Case(f"table_{name}", estimator, estimator, rows=asked)


def in_files(name, vectorizer, model, dense=False):
    rows = vectorizer.fit_transform(TEXTS)
    model.fit(rows.toarray() if dense else rows, two(2))
    files = {"vectorizer.pkl": vectorizer, "model.pkl": model}
    if not dense:
        return Case(name, None, make_pipeline(vectorizer, model), files=files)
    from sklearn.preprocessing import FunctionTransformer

    to_dense = FunctionTransformer(lambda rows: rows.toarray(), accept_sparse=True)
    return Case(name, None, make_pipeline(vectorizer, to_dense, model), files=files)


def answers(each):
    asked = ASKED if each.rows is None else each.rows
    document = {}
    for method in ("predict", "decision_function", "predict_proba"):
        function = getattr(each.estimator, method, None)
        if function is not None:
            document[method] = function(asked).tolist()
    if each.rows is not None:
        document["rows"] = each.rows.to_numpy().tolist()
    return document


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True)
    if options.newest:
        (options.folder / "documents.json").write_text(json.dumps(ASKED, ensure_ascii=False) + "\n", encoding="utf-8")
    documents = {}
    for each in cases():
        documents[each.name] = answers(each)
        if each.files is None:
            joblib_or_pickle(each.saved, made / "{}.{}".format(each.name, each.form), each.form)
        for name, saved in (each.files or {}).items():
            (made / each.name).mkdir(exist_ok=True)
            joblib_or_pickle(saved, made / each.name / name, "p4")
    write_lines(made / "answers.json", documents)
    if options.newest:
        write_lines(options.folder / "explanations.json", explanations())
    files = [path for path in made.rglob("*") if path.is_file()]
    print("text/{}: {} files, {} bytes".format(sklearn.__version__, len(files), sum(path.stat().st_size for path in files)))


EXPLAINED = (
    "tfidf",
    "hashing",
    "count_tfidf_svc",
    "svc_linear",
    "svc_poly",
    "sgd",
    "svr",
    "standard",
    "normalizer",
    "svd",
    "select",
    "union",
    "table_sparse",
    "table_dense",
)


def explanations():
    """What adds up to the decisions of some cases."""
    import text_explanations

    asked = {each.name: (each.estimator, ASKED if each.rows is None else each.rows) for each in cases() if each.name in EXPLAINED}
    assert set(asked) == set(EXPLAINED)
    return {name: text_explanations.explain(*case) for name, case in asked.items()}


def write_lines(path, documents):
    lines = ["{}:{}".format(json.dumps(name), json.dumps(document, ensure_ascii=False, separators=(",", ":"))) for name, document in documents.items()]
    path.write_text("{\n" + ",\n".join(lines) + "}\n", encoding="utf-8")


def joblib_or_pickle(saved, path, form):
    # half of the cases as joblib with zlib: they are smaller
    if form == "p4" and path.parent.name[0].isdigit() and len(path.name) % 2:
        joblib.dump(saved, path.with_suffix(".joblib"), compress=("zlib", 9))
    else:
        path.write_bytes(pickle.dumps(saved, protocol=FORMS[form]))


if __name__ == "__main__":
    main()
