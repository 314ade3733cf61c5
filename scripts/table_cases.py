"""Models of tables, with categories beside numbers, for svcd's tests, by several versions of scikit-learn; a part of make_fixtures.py.

For each version of VERSIONS, with the pandas of its time, a folder VERSION with the files CASE.FORM, or the folder CASE of a model in several
files, and all others in cases.gz: pickles one after the other, compressed together, as they have most of their bytes in common. answers.json has tables of
rows as JSON objects, and for each case the name of its table, the offsets of its pickle, if it is in cases.gz, and what scikit-learn gives for each row: `predict` and
`decision_function`, or null where it raises, as for a category that it does not know. In a row null is a missing value: NaN in a column of
numbers, in a column of categories whichever of None and NaN the case was trained with. Numbers have few digits, so that the files are small.

A plain module that runs under every one of these versions.
"""

import argparse
import gzip
import json
import pathlib
import pickle
import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import sklearn
from sklearn import set_config
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC

import pickle_fixtures
from target_cases import save

PANDAS = {"1.1.3": "1.5.3", "1.3.2": "2.1.4", "1.6.1": "2.2.3", "1.9.1": "3.0.0"}
VERSIONS = tuple({**version, "pandas": PANDAS[version["scikit-learn"]]} for version in pickle_fixtures.FOUR)
VERSION = tuple(int(part) for part in sklearn.__version__.split(".")[:2])

# the attribute got another name
DENSE = {"sparse_output" if VERSION >= (1, 2) else "sparse": False}

# categories as people have them: with commas, quotes, blanks, other scripts; two differ in nothing but how the accent is encoded
DECKS = ["A", "B, upper", 'C "main"', " D", "D", "палуба", "甲板", "café", "cafe\u0301", ""]


def make(folder):
    """Makes the files of all versions in `folder`."""
    pickle_fixtures.run_under(VERSIONS, pathlib.Path(__file__), folder)


@dataclass
class Case:
    """What is saved, in one form or more or as several files, and what answers for a frame."""

    name: str
    saved: object
    estimator: object
    table: str = "passengers"
    missing: object = np.nan
    # none: among those of cases.gz
    forms: tuple = ()
    files: dict = field(default_factory=dict)
    # makes of a frame what the estimator takes
    prepared: object = staticmethod(lambda frame: frame)


NUMBERS = ["age", "fare"]
TYPES = {"age": float, "fare": float, "pclass": int, "alone": bool, "weight": float}


def passengers(count=28):
    """A table to learn from, and its labels."""
    random = np.random.RandomState(7)
    frame = pd.DataFrame(
        {
            "age": np.round(random.uniform(1, 70, count)),
            "fare": np.round(random.uniform(4, 90, count) * 4) / 4,
            "sex": random.choice(["male", "female"], count),
            "embarked": random.choice(["S", "C", "Q"], count, p=[0.6, 0.25, 0.15]),
            "pclass": random.randint(1, 4, count),
            "alone": random.choice([True, False], count),
            "deck": [DECKS[index % len(DECKS)] for index in range(count)],
            "weight": random.choice([0.5, 1.0, 2.5], count),
        }
    )
    frame.loc[[3, 9, 17], "age"] = np.nan
    for column in ("sex", "embarked", "deck"):
        frame[column] = frame[column].astype(object)
    score = (frame["sex"] == "female") * 2.0 + (frame["pclass"] == 1) - (frame["embarked"] == "S") * 0.5 + frame["fare"] / 60
    labels = np.where(score + random.normal(size=count) * 0.4 > 1.7, "survived", "died")
    return frame, labels


def with_missing(column, value, rows=(2, 11, 20)):
    """The same table where a column lacks some."""
    frame, labels = passengers()
    for row in rows:
        frame.at[row, column] = value
    return frame, labels


def asked():
    """Rows to ask for: of the table, permuted, with missing values, with unknown categories, and of other types."""
    frame, _ = passengers()
    rows = [json.loads(frame.loc[index].to_json()) for index in (0, 5, 9, 12)]
    rows[1] = dict(reversed(rows[1].items()))
    one = rows[0]
    rows += [{**one, "deck": deck} for deck in DECKS[5:]]
    rows += [{**one, "sex": None}, {**one, "embarked": None}, {**one, "deck": None}, {**one, "age": None, "fare": None}]
    rows += [{**one, "sex": "Male"}, {**one, "embarked": "S "}, {**one, "deck": "cafè"}, {**one, "deck": "unheard, of"}, {**one, "sex": ""}]
    rows += [{**one, "pclass": 4}, {**one, "pclass": 2}, {**one, "alone": not one["alone"]}, {**one, "weight": 2.5}, {**one, "weight": 3}]
    return rows


def codes():
    """Whole numbers without names of columns."""
    random = np.random.RandomState(3)
    x = random.randint(0, 4, size=(24, 3))
    labels = np.where(x[:, 0] * 2 - x[:, 1] + random.normal(size=24) > 1, 1, 0)
    return x, labels


def codes_asked():
    rows = [{"x0": 0, "x1": 1, "x2": 3}, {"x2": 0, "x0": 3, "x1": 2}, {"x0": 1, "x1": 1, "x2": 1}, {"x0": 7, "x1": 1, "x2": 2}]
    return [*rows, {"x0": 2, "x1": 0, "x2": -1}, {"x0": 2.0, "x1": 0, "x2": 0}]


TABLES = {"passengers": asked, "codes": codes_asked}


def one_hot(**options):
    return OneHotEncoder(**{"handle_unknown": "ignore", **options})


def over(*branches, **options):
    return ColumnTransformer([(f"b{index}", transformer, columns) for index, (transformer, columns) in enumerate(branches)], **options)


def scaled():
    return make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS


def svc(**options):
    return SVC(**{"kernel": "rbf", "C": 2.0, **options})


def case(name, steps, table=None, final=None, labels=None, **others):
    """A pipeline of these steps before an SVM, fitted on a table."""
    frame, own = passengers() if table is None else table
    pipeline = make_pipeline(*steps, svc() if final is None else final).fit(frame, own if labels is None else labels(frame))
    return Case(name, pipeline, pipeline, **others)


def cases():
    yield case("titanic", [over(scaled(), (one_hot(), ["sex", "embarked"]))], forms=("p0", "p2", "p4", "p5", "joblib", "joblib.z"))
    yield from one_hot_encoders()
    yield from ordinal_encoders()
    yield from target_encoders()
    yield from imputers()
    yield from missing_of_every_kind()
    yield from trees()
    yield from sparse_rows()
    yield from inside_others()
    yield from in_pieces()


def one_hot_encoders():
    both = ["sex", "embarked"]
    strange = ["deck", "pclass", "alone"]
    yield case("one_hot_error", [over(scaled(), (OneHotEncoder(), both))])
    yield case("one_hot_strange", [over(scaled(), (OneHotEncoder(), strange))], forms=("p4", "joblib"))
    yield case("one_hot_strange_ignore", [over((one_hot(), strange), scaled())])
    yield case("one_hot_dense", [over((one_hot(**DENSE), ["sex", "deck"]), scaled())])
    yield case("one_hot_first", [over(scaled(), (OneHotEncoder(drop="first"), both))])
    yield case("one_hot_first_ignore", [over(scaled(), (one_hot(drop="first"), both))])
    yield case("one_hot_if_binary", [over(scaled(), (one_hot(drop="if_binary"), [*both, "alone"]))])
    yield case("one_hot_drop_these", [over(scaled(), (OneHotEncoder(drop=np.array(["male", "Q"], dtype=object)), both))])
    yield case("one_hot_given", [over(scaled(), (OneHotEncoder(categories=[["male", "female", "x"], ["S", "Q", "C"]]), both))])
    yield case("one_hot_float", [over((OneHotEncoder(), ["weight"]), scaled())])
    yield case("one_hot_infrequent", [over(scaled(), (OneHotEncoder(min_frequency=6, handle_unknown="infrequent_if_exist"), ["embarked", "deck"]))])
    yield case("one_hot_infrequent_ignore", [over(scaled(), (one_hot(min_frequency=0.25), ["embarked", "deck"]))])
    yield case("one_hot_infrequent_error", [over(scaled(), (OneHotEncoder(max_categories=3), ["embarked", "deck"]))])
    yield case("one_hot_infrequent_first", [over(scaled(), (OneHotEncoder(max_categories=4, drop="first", handle_unknown="infrequent_if_exist"), ["embarked", "deck"]))])
    dropped = OneHotEncoder(min_frequency=3, drop=np.array(["S", "A"], dtype=object), handle_unknown="ignore")
    yield case("one_hot_infrequent_drop_these", [over(scaled(), (dropped, ["embarked", "deck"]))])
    if VERSION >= (1, 6):
        yield case("one_hot_warn", [over(scaled(), (OneHotEncoder(max_categories=3, handle_unknown="warn"), ["embarked", "deck"]))])
        yield case("one_hot_warn_none", [over(scaled(), (OneHotEncoder(handle_unknown="warn"), ["embarked", "sex"]))])
    yield named_codes("one_hot_codes", [one_hot()])
    yield named_codes("one_hot_codes_error", [OneHotEncoder(drop="first")])


def named_codes(name, steps, final=None):
    x, labels = codes()
    pipeline = make_pipeline(*steps, svc() if final is None else final).fit(x, labels)
    return Case(name, pipeline, pipeline, "codes", prepared=lambda frame: frame[["x0", "x1", "x2"]].to_numpy())


def ordinal_encoders():
    columns = ["sex", "embarked", "deck", "alone"]
    unknown = {"handle_unknown": "use_encoded_value"}
    yield case("ordinal", [over(scaled(), (OrdinalEncoder(), columns))])
    yield case("ordinal_unknown", [over((OrdinalEncoder(unknown_value=-1, **unknown), columns), scaled()), StandardScaler()])
    filled = make_pipeline(OrdinalEncoder(unknown_value=np.nan, **unknown), SimpleImputer(strategy="most_frequent"))
    yield case("ordinal_unknown_nan", [over((filled, columns), scaled())])
    table = with_missing("embarked", np.nan)
    yield case("ordinal_missing", [over((OrdinalEncoder(encoded_missing_value=-2, unknown_value=-1, **unknown), columns), scaled())], table)
    filled = make_pipeline(OrdinalEncoder(), SimpleImputer(strategy="median", add_indicator=True))
    yield case("ordinal_missing_nan", [over((filled, columns), scaled())], with_missing("embarked", None), missing=None)
    given = OrdinalEncoder(categories=[["male", "female"], ["S", "Q", "C"]], dtype=np.int64)
    yield case("ordinal_given", [over((given, ["sex", "embarked"]), remainder="drop")])
    yield named_codes("ordinal_codes", [OrdinalEncoder(unknown_value=9, **unknown)])
    if VERSION >= (1, 3):
        yield case("ordinal_infrequent", [over((OrdinalEncoder(min_frequency=4, unknown_value=-1, **unknown), columns), scaled())])
        infrequent = OrdinalEncoder(max_categories=3, unknown_value=-1, encoded_missing_value=-2, **unknown)
        yield case("ordinal_infrequent_missing", [over((infrequent, columns), scaled())], with_missing("deck", np.nan))


def target_encoders():
    if VERSION < (1, 3):
        return
    from sklearn.preprocessing import TargetEncoder

    columns = ["sex", "embarked", "deck", "pclass"]
    yield case("target", [over((TargetEncoder(random_state=0, cv=3), columns), scaled())])
    yield case("target_missing", [over((TargetEncoder(random_state=0, cv=3, smooth=2.0), columns), scaled())], with_missing("embarked", None), missing=None)
    yield case("target_number", [over((TargetEncoder(random_state=0, cv=3), columns), scaled())], final=SVR(), labels=lambda frame: frame["fare"] / 8)
    if VERSION >= (1, 4):
        three = lambda frame: frame["embarked"].to_numpy(dtype=str)
        yield case("target_classes", [over((TargetEncoder(random_state=0, cv=2), ["sex", "deck", "pclass"]), scaled())], labels=three)


def imputers():
    columns = ["sex", "embarked"]
    for strategy in ("most_frequent", "constant"):
        # pandas 3 and scikit-learn agree on NaN, older ones too
        table = with_missing("embarked", np.nan)
        filled = make_pipeline(SimpleImputer(strategy=strategy, fill_value="none" if strategy == "constant" else None), one_hot())
        yield case(f"imputed_{strategy}", [over(scaled(), (filled, columns))], table, forms=("p4", "joblib.z"))
    none = SimpleImputer(strategy="most_frequent", missing_values=None)
    yield case("imputed_none", [over(scaled(), (make_pipeline(none, OneHotEncoder()), columns))], with_missing("embarked", None), missing=None)
    mark = SimpleImputer(strategy="most_frequent", missing_values="Q")
    yield case("imputed_mark", [over(scaled(), (make_pipeline(mark, OneHotEncoder()), columns))])
    indicated = make_pipeline(SimpleImputer(strategy="most_frequent", add_indicator=True), one_hot())
    yield case("imputed_indicated", [over(scaled(), (indicated, columns))], with_missing("embarked", np.nan))
    ordinal = make_pipeline(SimpleImputer(strategy="constant", fill_value="Q"), OrdinalEncoder())
    yield case("imputed_ordinal", [over(scaled(), (ordinal, columns))], with_missing("embarked", np.nan))
    whole = [SimpleImputer(strategy="most_frequent"), over((StandardScaler(), [0, 1]), (OneHotEncoder(), [2, 3, 4]))]
    frame, labels = with_missing("embarked", np.nan)
    whole_frame = frame[["age", "fare", "sex", "embarked", "pclass"]]
    pipeline = make_pipeline(*whole, svc()).fit(whole_frame, labels)
    yield Case("imputed_whole", pipeline, pipeline, prepared=lambda frame: frame[list(whole_frame)])
    numbers = make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot())
    yield case("imputed_numbers", [over((numbers, ["weight", "pclass"]), scaled())], with_missing("weight", np.nan))
    numbers = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    yield case("imputed_numbers_error", [over((numbers, ["weight", "pclass"]), scaled())], with_missing("weight", np.nan))


def missing_of_every_kind():
    columns = ["sex", "embarked"]
    yield case("missing_none", [over(scaled(), (OneHotEncoder(), columns))], with_missing("embarked", None), missing=None)
    yield case("missing_nan", [over(scaled(), (OneHotEncoder(), columns))], with_missing("embarked", np.nan))
    frame, labels = with_missing("embarked", np.nan)
    frame.at[5, "embarked"] = None
    yield case("missing_both", [over(scaled(), (OneHotEncoder(), columns))], (frame, labels), missing=None)
    yield case("missing_number", [over((OneHotEncoder(), ["weight"]), scaled())], with_missing("weight", np.nan))
    frame, labels = with_missing("embarked", None)
    frame["embarked"] = frame["embarked"].astype("category")
    yield case("missing_of_pandas_category", [over(scaled(), (OneHotEncoder(), columns))], (frame, labels))
    frame, labels = with_missing("embarked", None)
    frame["sex"] = frame["sex"].astype("str" if pd.__version__ >= "3" else object)
    frame["embarked"] = frame["embarked"].astype("str" if pd.__version__ >= "3" else object)
    yield case("missing_of_pandas_text", [over(scaled(), (one_hot(), columns))], (frame, labels), missing=np.nan if pd.__version__ >= "3" else None)
    union = FeatureUnion([("hot", one_hot()), ("lacks", MissingIndicator())])
    yield case("missing_indicated", [over(scaled(), (union, columns))], with_missing("embarked", np.nan))


def trees():
    frame, labels = passengers()
    yield case("by_position", [over((one_hot(), [2, 3]), (make_pipeline(SimpleImputer(), StandardScaler()), slice(0, 2)))])
    numbers, texts = make_column_selector(dtype_include=np.number), make_column_selector(dtype_include=[object, "str"] if pd.__version__ >= "3" else object)
    yield case("by_selector", [make_column_transformer((make_pipeline(SimpleImputer(), StandardScaler()), numbers), (one_hot(), texts))])
    weights = {"b0": 0.5, "b1": 2.0}
    yield case("weights", [over(scaled(), (one_hot(), ["sex", "deck"]), transformer_weights=weights)])
    rest = frame[["sex", "pclass", "fare"]]
    pipeline = make_pipeline(over((OneHotEncoder(), ["sex"]), remainder="passthrough"), svc()).fit(rest, labels)
    yield Case("passthrough", pipeline, pipeline, prepared=lambda frame: frame[list(rest)])
    union = FeatureUnion([("hot", one_hot()), ("ordinal", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1))])
    yield case("union", [over((union, ["sex", "embarked"]), scaled())])
    stricter = FeatureUnion([("hot", one_hot()), ("ordinal", OrdinalEncoder())])
    yield case("union_stricter", [over((stricter, ["sex", "embarked"]), scaled())])
    twice = over((OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist"), ["embarked"]), (OneHotEncoder(categories=[["S", "C", "Q", "X"]], handle_unknown="ignore"), ["embarked"]), scaled())
    yield case("two_dictionaries", [twice])
    inner = over((one_hot(), ["sex"]), (OrdinalEncoder(), ["embarked"]))
    yield case("nested", [over((inner, ["embarked", "sex"]), scaled())])
    yield case("scaled_and_encoded", [over((StandardScaler(), ["pclass", "fare"]), (one_hot(), ["pclass", "sex"]))])
    yield case("scaled_and_encoded_error", [over((StandardScaler(), ["pclass", "fare"]), (OneHotEncoder(), ["pclass", "sex"]))])
    bins = KBinsDiscretizer(n_bins=3, encode="onehot", strategy="uniform")
    yield case("bins", [over((bins, ["fare"]), (one_hot(), ["sex"]))])
    ordinal = make_pipeline(KBinsDiscretizer(n_bins=3, encode="ordinal", strategy="uniform"), OneHotEncoder())
    yield case("bins_then_one_hot", [over((ordinal, ["fare"]), (one_hot(), ["sex"]))])


def sparse_rows():
    hot = over((one_hot(), ["sex", "embarked", "deck", "pclass"]), scaled(), sparse_threshold=1.0)
    for name, scaler in {
        "standard": StandardScaler(with_mean=False),
        "max_abs": MaxAbsScaler(),
        "robust": RobustScaler(with_centering=False),
    }.items():
        yield case(f"sparse_{name}", [hot, scaler])
        inner = make_pipeline(one_hot(), type(scaler)(**scaler.get_params()))
        yield case(f"sparse_{name}_inside", [over((inner, ["sex", "deck"]), scaled())])
    yield case("sparse_linear_svc", [hot, MaxAbsScaler()], final=LinearSVC(random_state=0, max_iter=100000))
    yield case("sparse_alone", [one_hot()], (passengers()[0][["sex", "embarked", "deck"]], passengers()[1]), prepared=lambda frame: frame[["sex", "embarked", "deck"]])
    dense = over((one_hot(), ["sex", "embarked"]), scaled(), sparse_threshold=0.0)
    yield case("dense_at_the_end", [dense, StandardScaler(), MinMaxScaler()])


def inside_others():
    hot = over(scaled(), (one_hot(), ["sex", "embarked"]))
    inner = make_pipeline(hot, svc())
    frame, labels = passengers()
    for name, estimator in {
        "calibrated": CalibratedClassifierCV(inner, cv=2),
        "searched": GridSearchCV(inner, {"svc__C": [1.0, 4.0]}, cv=2),
        "one_vs_rest": OneVsRestClassifier(make_pipeline(hot, LinearSVC(random_state=0, max_iter=100000))),
    }.items():
        three = labels if name != "one_vs_rest" else frame["pclass"].to_numpy()
        fitted = estimator.fit(frame, three)
        if name == "searched":
            fitted.cv_results_ = {}
            fitted.refit_time_ = 0.0
        yield Case(name, fitted, fitted)


def in_pieces():
    """As beginners save them: an encoder for each column."""
    frame, labels = passengers()
    table = frame[["fare", "sex", "embarked", "pclass"]].copy()
    encoders = {}
    for column in ("sex", "embarked"):
        encoders[column] = LabelEncoder().fit(frame[column].astype(str))
        table[column] = encoders[column].transform(frame[column].astype(str))
    scaler = StandardScaler().fit(table)
    model = svc().fit(scaler.transform(table), labels)
    whole = make_pipeline(scaler, model)

    def encoded(frame):
        frame = frame[list(table)].copy()
        for column, encoder in encoders.items():
            frame[column] = encoder.transform(frame[column])
        return frame

    files = {"model.pkl": model, "scaler.pkl": scaler, "sex_encoder.pkl": encoders["sex"], "embarked_encoder.pkl": encoders["embarked"]}
    yield Case("encoders_as_files", None, whole, files=files, prepared=encoded)
    bundle = {"model": model, "encoders": encoders, "scaler": scaler, "accuracy": 0.9}
    yield Case("encoders_as_dict", bundle, whole, prepared=encoded)
    both = {"classes": LabelEncoder().fit(labels)}
    coded = svc().fit(scaler.transform(table), both["classes"].transform(labels))
    answered = make_pipeline(scaler, coded)
    bundle = {"model": coded, "encoders": encoders, "target": both["classes"], "scaler": scaler}
    yield Case("encoders_and_labels", bundle, Labelled(answered, both["classes"]), prepared=encoded)
    for name, missing in {"none": None, "nan": np.nan}.items():
        gaps, labels = with_missing("embarked", missing)
        knows = {column: LabelEncoder().fit(gaps[column]) for column in ("sex", "embarked")}
        coded = pd.DataFrame({"fare": gaps["fare"]} | {column: encoder.transform(gaps[column]) for column, encoder in knows.items()})
        model = svc().fit(coded, labels)

        def encoded_gaps(frame, knows=knows):
            frame = frame[["fare", *knows]].copy()
            for column, encoder in knows.items():
                frame[column] = encoder.transform(frame[column])
            return frame

        bundle = {"model": model, "encoders": knows}
        yield Case(f"encoders_that_know_{name}", bundle, model, prepared=encoded_gaps, missing=missing)
    hot = one_hot().fit(frame[["sex", "embarked"]])
    model = svc().fit(hot.transform(frame[["sex", "embarked"]]), labels)
    files = {"encoder.pkl": hot, "model.pkl": model}
    yield Case("one_hot_as_file", None, make_pipeline(hot, model), files=files, prepared=lambda frame: frame[["sex", "embarked"]])


class Labelled:
    """An estimator that answers with a LabelEncoder's labels."""

    def __init__(self, estimator, encoder):
        self.estimator, self.encoder = estimator, encoder

    def predict(self, frame):
        return self.encoder.inverse_transform(self.estimator.predict(frame))

    def decision_function(self, frame):
        return self.estimator.decision_function(frame)


def framed(row, missing):
    """A frame of one row, in the types of the table."""
    values = {}
    for name, value in row.items():
        if value is None:
            value = np.nan if name in TYPES or name.startswith("x") else missing
        kind = object if isinstance(value, str) or value is None or name not in TYPES else None
        values[name] = pd.Series([value], dtype=kind)
    return pd.DataFrame(values)


def answered(estimator, prepared, frame):
    """What scikit-learn answers for a row, or nothing where it raises."""
    try:
        frame = prepared(frame)
        label = estimator.predict(frame).tolist()[0]
        score = getattr(estimator, "decision_function", None)
        return label, None if score is None else score(frame).tolist()[0]
    except (ValueError, KeyError, TypeError) as refusal:
        if "nknown categor" in str(refusal) or "unseen labels" in str(refusal) or "NaN" in str(refusal) or "issing" in str(refusal):
            return None, None
        raise


def answers(each):
    rows = [answered(each.estimator, each.prepared, framed(row, each.missing)) for row in TABLES[each.table]()]
    assert any(label is not None for label, _ in rows), each.name
    return {"table": each.table, "predict": [label for label, _ in rows], "decision_function": [score for _, score in rows]}


def main():
    """What make runs under each version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--newest", action="store_true", help="ignored: every version makes the same files")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    set_config(enable_metadata_routing=False) if VERSION >= (1, 3) else None
    made = options.folder / sklearn.__version__
    made.mkdir(parents=True)
    documents, together = {}, bytearray()
    for each in cases():
        documents[each.name] = answers(each)
        if not each.forms and not each.files:
            content = pickle.dumps(each.saved, protocol=4)
            documents[each.name]["bytes"] = [len(together), len(together) + len(content)]
            together += content
        for form in each.forms:
            save(each.saved, made / f"{each.name}.{form}", form)
        for name, saved in each.files.items():
            (made / each.name).mkdir(exist_ok=True)
            save(saved, made / each.name / name, "p4")
    (made / "cases.gz").write_bytes(gzip.compress(bytes(together), mtime=0))
    short = {"allow_nan": False, "separators": (",", ":"), "ensure_ascii": False}
    tables = [f"{json.dumps(name)}:[\n" + ",\n".join(json.dumps(row, **short) for row in rows()) + "]" for name, rows in TABLES.items()]
    lines = [f"{json.dumps(name)}:{json.dumps(document, **short)}" for name, document in documents.items()]
    text = '{"tables":{' + ",\n".join(tables) + '},\n"cases":{\n' + ",\n".join(lines) + "}}\n"
    (made / "answers.json").write_text(text, encoding="utf-8")
    files = [path for path in made.rglob("*") if path.is_file()]
    print(f"tables/{sklearn.__version__}: {len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
