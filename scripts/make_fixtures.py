# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "scipy==1.17.1",
#     "joblib==1.6.0",
#     "threadpoolctl==3.8.0",
#     "narwhals==2.29.0",
#     "pandas==3.0.0",
# ]
# ///
"""Makes the fixtures of svcd's tests: models trained by scikit-learn, rows, and scikit-learn's answers.

The part golden writes two files for each case to FOLDER/golden: NAME.json, the model in the form of src/model_file/json.rs, and
NAME.expected.json, rows with the labels, decision values and probabilities that scikit-learn gives for them. Numbers
are written so that they read back as the same doubles; infinite ones and NaN as strings. Other parts: pickle, models as
several versions of scikit-learn save them (pickle_fixtures.py); pieces, models in several files (piece_cases.py);
wrappers, estimators around SVMs (wrapper_cases.py); trees, pipelines as people write them (tree_cases.py); explain, the
terms that add up to decisions (explain_cases.py). The tables in FOLDER/README.md and FOLDER/pickle/README.md are written
again. Prints a line with the sizes for each case or version.

Needs uv, and the network for the first run. Two runs on one machine give the same bytes. On a processor for which
OpenBLAS chooses other code, the last digits differ, in the models too.
"""

import argparse
import math
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sklearn
from sklearn.base import clone

import explain_cases
import pickle_fixtures
import piece_cases
import step_cases
import table_cases
import target_cases
import text_cases
import tree_cases
import wrapper_cases
from fixture_cases import CASES, Case
from fixture_rows import reproducible
from svc_json import decision_values, final_svc, svc_document, write_json


@dataclass(frozen=True)
class Fitted:
    """A case's model and the rows to ask it for."""

    case: Case
    estimator: object
    rows: np.ndarray


def main():
    options = parse_options()
    if "pickle" in options.parts:
        folder = options.folder / "pickle"
        replace_table(folder / "README.md", "versions", pickle_fixtures.make(folder))
    if "pieces" in options.parts:
        piece_cases.make(options.folder / "pieces")
    if "steps" in options.parts:
        step_cases.make(options.folder / "steps")
    if "tables" in options.parts:
        table_cases.make(options.folder / "tables")
    if "targets" in options.parts:
        target_cases.make(options.folder / "targets")
    if "text" in options.parts:
        text_cases.make(options.folder / "text")
    if "wrappers" in options.parts:
        wrapper_cases.make(options.folder / "wrappers")
    if "trees" in options.parts:
        tree_cases.make(options.folder / "trees")
    if "explain" in options.parts:
        explain_cases.make(options.folder / "explain")
    if "golden" in options.parts:
        make_golden(options)
    total = sum(path.stat().st_size for path in options.folder.rglob("*") if path.is_file())
    print(f"all of {options.folder}: {total} bytes")


def make_golden(options):
    # training with probability=True is deprecated and still what many stored models have
    warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
    lines = []
    for number, case in enumerate(options.cases, 1):
        print(f"[{number}/{len(options.cases)}] {case.name}", file=sys.stderr)
        fitted = fit(case)
        paths = [path for output in OUTPUTS for path in output(fitted, options.folder)]
        lines.append(table_line(fitted))
        print("  ".join(f"{path.relative_to(options.folder)} {path.stat().st_size}" for path in paths))
    if len(lines) == len(CASES):
        replace_table(options.folder / "README.md", "golden", [*TABLE_HEAD, *lines])


def fit(case):
    data = case.data()
    estimator = clone(case.estimator).fit(data.x, data.y)
    rows = np.vstack([make(estimator, data) for make in case.rows])
    with np.errstate(over="ignore", invalid="ignore"):
        kept = rows[reproducible(estimator, rows)]
    if len(kept) < len(rows):
        print(f"    leaves out {len(rows) - len(kept)} rows that rounding decides", file=sys.stderr)
    if not 20 <= len(kept) <= 200:
        raise RuntimeError(f"{case.name}: expected 20 to 200 rows, found {len(kept)}")
    return Fitted(case, estimator, kept)


# The kinds of output: from a fitted case and the fixture folder to the paths written.


def write_golden(fitted, folder):
    """The model as JSON, and what scikit-learn answers."""
    case, estimator, rows = fitted.case, fitted.estimator, fitted.rows
    folder = folder / "golden"
    folder.mkdir(parents=True, exist_ok=True)
    model, expected = folder / f"{case.name}.json", folder / f"{case.name}.expected.json"
    write_json(model, svc_document(estimator, case.feature_names, rows[: case.probes] if case.probes else None))
    write_json(expected, answers(estimator, rows))
    return model, expected


OUTPUTS = (write_golden,)


def answers(estimator, rows):
    """Rows and what scikit-learn answers. "predict" or "predict_proba" is null where it refuses."""
    with np.errstate(over="ignore", invalid="ignore"):
        own_shape = estimator.decision_function(rows)
        return {
            "rows": rows.tolist(),
            "predict": answer(estimator, "predict", rows),
            "decision_function": encoded(own_shape.reshape(len(rows), -1)),
            "decision_function_ovo": encoded(decision_values(estimator, rows, "ovo")),
            "decision_function_ovr": encoded(decision_values(estimator, rows, "ovr")),
            "predict_proba": answer(estimator, "predict_proba", rows),
        }


def answer(estimator, method, rows):
    try:
        return getattr(estimator, method)(rows).tolist()
    # AttributeError: trained without probabilities; ValueError: break_ties with the shape ovo
    except (AttributeError, ValueError) as refusal:
        if isinstance(refusal, ValueError) and "break_ties must be False" not in str(refusal):
            raise
        return None


def encoded(matrix):
    """Lists of numbers; JSON has no infinity and no NaN, so these become the strings inf, -inf and nan."""
    return [[number if math.isfinite(number) else str(number) for number in row] for row in matrix.tolist()]


PARTS = ("golden", "pickle", "pieces", "steps", "tables", "targets", "text", "wrappers", "trees", "explain")

TABLE_HEAD = (
    "| case | covers | kernel | classes | features | support vectors | rows | scikit-learn | NumPy |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)


def table_line(fitted):
    svc = final_svc(fitted.estimator)
    cells = [
        f"`{fitted.case.name}`",
        fitted.case.covers,
        svc.kernel,
        len(svc.classes_),
        fitted.rows.shape[1],
        len(svc.support_vectors_),
        len(fitted.rows),
        sklearn.__version__,
        np.__version__,
    ]
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def replace_table(path, name, lines):
    """Writes the lines between the two comments that mark the table of that name."""
    head, _, rest = path.read_text(encoding="utf-8").partition(f"<!-- table: {name} -->\n")
    _, end, tail = rest.partition("<!-- table end -->")
    if not end:
        raise RuntimeError(f"{path}: expected the marks of the table `{name}`, found none")
    table = "\n".join(lines)
    path.write_text(f"{head}<!-- table: {name} -->\n{table}\n{end}{tail}", encoding="utf-8")


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: uv run scripts/make_fixtures.py --only iris_rbf_scale tie_iris_rbf",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(__file__).resolve().parent.parent / "tests" / "fixtures",
        help="where to write (default: tests/fixtures beside scripts/)",
    )
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="make only these parts (default: all)"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="make only these golden cases, and leave the table in README.md as it is"
    )
    parser.add_argument(
        "--list", action="store_true", help="print the names of all cases and what they cover, and stop"
    )
    options = parser.parse_args()
    if options.list:
        for case in CASES:
            print(f"{case.name}: {case.covers}")
        parser.exit()
    if unknown := set(options.only or ()) - {case.name for case in CASES}:
        parser.error(f"--only: expected names out of --list, found {', '.join(sorted(unknown))}")
    if options.only:
        options.parts = ["golden"]
    options.cases = [case for case in CASES if not options.only or case.name in options.only]
    return options


if __name__ == "__main__":
    main()
