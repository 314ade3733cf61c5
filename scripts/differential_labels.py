# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1"]
# ///
"""Compares labels asked for alone with labels in LIBSVM's order of summation: 10 million rows through 50 models.

When only labels are asked for, svcd computes them in single precision, or from one vector of weights for each pair of classes, where a bound
proves them right. The models are SVCs that scikit-learn trains on made-up data: two to ten classes, 1 to 100 features between 1e-6 and 1e6, gamma
from a thousandth of the usual value to a thousand times it, C from 1e-4 to 1e6; every fifth one has a linear kernel. One row in a hundred is within 1e-7 of a border, every second of these within 1e-12. All instruction sets
of this CPU are tried. No label may differ.

    uv run scripts/differential_labels.py
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import SVC

sys.path.append(str(Path(__file__).with_name("bench_http")))
from peers_compiled import built_rust_peers  # noqa: E402

NEAR_SHARE = 100
ITERATIONS_MAX = 20_000
ROWS = 600


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=50, metavar="N")
    parser.add_argument("--rows", type=int, default=200_000, metavar="N", help="of each model (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    borders = built_rust_peers() / "borders"
    totals = np.zeros(5, int)
    for number in range(options.models):
        random = np.random.default_rng([options.seed, number])
        model, data, name = trained(random, is_linear=number % 5 == 4)
        found = asked(borders, model, data, options.rows)
        totals += found
        print(f"{number + 1:3} {name}: {found[0]} other labels, {found[4] / found[1]:.2%} not proven", flush=True)
    others, rows, near, nearest, unproven = totals
    print(f"{others} other labels in {rows:,} rows through {options.models} models, {unproven / rows:.2%} not proven")
    print(f"{near:,} of the rows are within 1e-7 of a border, {nearest:,} within 1e-12")
    sys.exit(1 if others else 0)


def trained(random, is_linear):
    n_classes, n_features = int(random.integers(2, 11)), int(random.choice([1, 2, 4, 7, 16, 30, 64, 100]))
    scale, penalty = 10.0 ** random.uniform(-6, 6), 10.0 ** random.uniform(-4, 6)
    data, labels = make_blobs(
        ROWS, n_features, centers=n_classes, cluster_std=random.uniform(0.5, 8), center_box=(-5, 5), random_state=int(random.integers(1 << 31))
    )
    data = (data + random.uniform(-20, 20)) * scale
    gamma = 10.0 ** random.uniform(-3, 3) / (n_features * data.var())
    kernel = {"kernel": "linear"} if is_linear else {"gamma": gamma}
    model = SVC(C=penalty, max_iter=ITERATIONS_MAX, **kernel).fit(data, labels)
    shape = f"{n_classes} classes, {n_features} features of {scale:.0e}, {len(model.support_)} support vectors"
    return model, data, f"{model.kernel}, C {penalty:.0e}, gamma {gamma:.0e}, {shape}"


def asked(borders, model, data, n_rows):
    with tempfile.TemporaryDirectory() as folder:
        pickled, rows = Path(folder, "model.pickle"), Path(folder, "rows")
        pickled.write_bytes(pickle.dumps(model))
        rows.write_bytes(np.ascontiguousarray(data, "<f8").tobytes())
        command = [borders, pickled, rows, str(n_rows), str(n_rows // NEAR_SHARE)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [int(word) for word in answer.split() if word.isdigit()]


if __name__ == "__main__":
    main()
