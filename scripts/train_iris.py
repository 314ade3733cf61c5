# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "scipy==1.17.1",
#     "joblib==1.6.0",
#     "threadpoolctl==3.8.0",
#     "narwhals==2.29.0",
# ]
# ///
"""Trains the iris model: SVC(gamma='scale') on 80 % of scikit-learn's iris data.

Prints the accuracy on the other 20 % before saving and again after loading. Writes the classifier as a pickle, and as
the JSON that `svcd import` reads, with the four feature names and a few test rows with their answers, which svcd checks
whenever it loads the model.

Needs uv, and the network for the first run.
"""

import argparse
import pickle
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from svc_json import svc_document, write_json


def main():
    options = parse_options()
    iris = load_iris()
    x_train, x_test, y_train, y_test = train_test_split(
        iris.data, iris.target, test_size=0.2, train_size=0.8, shuffle=True, random_state=options.seed
    )
    classifier = SVC(gamma="scale").fit(x_train, y_train)
    print(f"accuracy before saving: {accuracy_score(y_test, classifier.predict(x_test))}")

    options.model.write_bytes(pickle.dumps(classifier))
    classifier = pickle.loads(options.model.read_bytes())
    print(f"accuracy after loading: {accuracy_score(y_test, classifier.predict(x_test))}")

    ones = np.ones((1, 4))
    print(f"label of (1, 1, 1, 1):  {classifier.predict(ones)[0]}")
    probe_rows = np.vstack([ones, x_test[: options.probes]])
    write_json(options.output, svc_document(classifier, iris.feature_names, probe_rows))
    print(f"wrote {options.model} (pickle) and {options.output} (JSON, {len(probe_rows)} probe rows)")


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: uv run scripts/train_iris.py --output iris.json && svcd import iris.json -o model.bin",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the shuffled split (default: %(default)s)")
    parser.add_argument(
        "--model", type=Path, default=Path("model"), metavar="FILE", help="pickle to write (default: %(default)s)"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("iris.json"), metavar="FILE", help="JSON to write (default: %(default)s)"
    )
    parser.add_argument(
        "--probes",
        type=int,
        default=10,
        metavar="N",
        help="test rows to store with their answers, at most 30, besides (1, 1, 1, 1) (default: %(default)s)",
    )
    options = parser.parse_args()
    if not 0 <= options.probes <= 30:
        parser.error(f"--probes: expected a number from 0 to 30, found {options.probes}")
    return options


if __name__ == "__main__":
    main()
