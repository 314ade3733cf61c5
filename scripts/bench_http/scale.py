# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "numpy==2.4.6", "matplotlib==3.11.2"]
# ///
"""Measures how svcd's cost grows with the size of the model and of the load, and fits an exponent to each.

Cost is processor time, user and system, which other work on the machine disturbs less than elapsed time. The cost of a
row is what `svcd predict --threads 1` needs for a CSV file, less what it needs for one row, divided by the rows. The cost
of a request is what the server needs while wrk loads it with the iris model. scikit-learn trains the models on noise,
so almost every sample becomes a support vector. The exponent is the slope of the least-squares line through the
logarithms: 0 means that the cost stays the same, 1 that it doubles when the size doubles.
"""

import argparse
import os
import pickle
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import ending
import matplotlib.figure
import numpy as np
from asking import NOTEBOOK, ROWS
from load import raise_descriptor_limit, wrk
from peer import ROOT, WORK, Trouble
from peers import train_model
from peers_compiled import svcd
from report import number, origin_of, table
from server import Server, free_ports
from sklearn.datasets import make_classification
from sklearn.svm import SVC

SUPPORT_VECTORS = (50, 100, 200, 400, 800, 1600, 3200)
FEATURES = (4, 8, 16, 32, 64, 128, 256)
CLASSES = (2, 4, 8, 16, 32)
ROW_COUNTS = (1_000, 4_000, 16_000, 64_000, 256_000)
CONNECTIONS = (1, 4, 16, 64, 256, 1_000)
# what stays the same while one of them varies
SAMPLES_USUAL, FEATURES_USUAL, CLASSES_USUAL = 640, 16, 2
# a measured run computes at least so long, in processor time
RUN_SECONDS_MIN = 0.25
ROWS_MIN, ROWS_MAX = 1_000, 1_000_000


@dataclass
class Curve:
    """Cost over size. `rates` are what a user counts: rows or requests a second."""

    title: str
    size: str
    cost: str
    rate: str
    sizes: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)

    def add(self, size, cost, rate):
        self.sizes.append(size)
        self.costs.append(cost)
        self.rates.append(rate)
        print(f"  {size:,}: {number(cost)}", file=sys.stderr, flush=True)

    def fit(self):
        """Exponent, and the factor in front of it."""
        exponent, logarithm = np.polyfit(np.log(self.sizes), np.log(self.costs), 1)
        return exponent, np.exp(logarithm)


def main():
    options = parse_options()
    WORK.mkdir(parents=True, exist_ok=True)
    raise_descriptor_limit(CONNECTIONS[-1] + 100)
    train_model()
    peer = svcd(options)
    curves = [
        *over_models(peer.command[0], options),
        over_rows(peer.command[0], options),
        over_connections(peer, options),
    ]
    for curve in curves:
        print_curve(curve)
    print(
        origin_of(f"{options.runs} run{'s' * (options.runs > 1)}", " ".join(["scripts/bench_scale.sh", *sys.argv[1:]]))
    )
    draw(curves, options.svg)


def over_models(binary, options):
    usual = {"samples": SAMPLES_USUAL, "features": FEATURES_USUAL, "classes": CLASSES_USUAL}
    sweeps = (
        ("samples", SUPPORT_VECTORS, "support vectors", lambda model: model.n_support_.sum()),
        ("features", FEATURES, "features", lambda model: model.n_features_in_),
        ("classes", CLASSES, "classes", lambda model: len(model.classes_)),
    )
    for name, sizes, title, size_of in sweeps:
        curve = Curve(f"row, by {title}", title, "µs a row", "rows/s, one thread")
        print(curve.title, file=sys.stderr)
        for size in sizes:
            model = train(**usual | {name: size})
            seconds = row_seconds(binary, model.n_features_in_, options.runs)
            curve.add(int(size_of(model)), 1e6 * seconds, 1 / seconds)
        yield curve


def over_rows(binary, options):
    curve = Curve("file, by rows", "rows", "ms", "rows/s, one thread")
    print(curve.title, file=sys.stderr)
    train(SAMPLES_USUAL, FEATURES_USUAL, CLASSES_USUAL)
    for rows in ROW_COUNTS:
        seconds = predict_seconds(binary, write_rows(rows, FEATURES_USUAL), options.runs)
        curve.add(rows, 1e3 * seconds, rows / seconds)
    return curve


def over_connections(peer, options):
    curve = Curve("request, by connections", "connections", "µs a request", "requests/s")
    print(curve.title, file=sys.stderr)
    request, ports = NOTEBOOK.ask(ROWS[:1]), free_ports(options.port_base)
    with Server(peer, next(ports)) as server:
        wrk(server, request, CONNECTIONS[-1], 1)  # warm-up
        for connections in CONNECTIONS:
            loads = [wrk(server, request, connections, options.seconds) for _ in range(options.runs)]
            cost, rate = (
                statistics.median(getattr(load, name) for load in loads)
                for name in ("processor_us", "requests_per_s")
            )
            curve.add(connections, cost, rate)
    return curve


def train(samples, features, classes):
    """Writes the model; random labels make almost every sample a support vector."""
    rows, labels = make_classification(
        samples,
        features,
        n_informative=features,
        n_redundant=0,
        n_classes=classes,
        n_clusters_per_class=1,
        flip_y=1.0,
        random_state=0,
    )
    model = SVC(gamma="scale").fit(rows, labels)
    with open(WORK / "scale.pickle", "wb") as file:
        pickle.dump(model, file)
    return model


def write_rows(count, features):
    rows = np.random.default_rng(0).normal(size=(min(count, ROWS_MIN), features))
    text = "".join(",".join(f"{value:.6f}" for value in row) + "\n" for row in rows)
    path = WORK / "scale.csv"
    path.write_text(text * (count // len(rows)))
    return path


def row_seconds(binary, features, runs):
    """Processor time for one row; as many rows as it takes to measure it."""
    base, rows = predict_seconds(binary, write_rows(1, features), runs), ROWS_MIN
    while predict_seconds(binary, write_rows(rows, features), 1) < RUN_SECONDS_MIN and rows < ROWS_MAX:
        rows *= 2
    seconds = predict_seconds(binary, WORK / "scale.csv", runs)
    return (seconds - base) / rows


def predict_seconds(binary, file, runs):
    return statistics.median(processor_seconds(binary, file) for _ in range(runs))


def processor_seconds(binary, file):
    command = [binary, "predict", "--threads", "1", "--model", str(WORK / "scale.pickle"), str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Trouble(f"{' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def print_curve(curve):
    exponent, _ = curve.fit()
    rows = [[curve.size, curve.cost, curve.rate]]
    for size, cost, rate in zip(curve.sizes, curve.costs, curve.rates, strict=True):
        rows.append([f"{size:,}", number(cost), number(rate)])
    print(f"{curve.title}: exponent {exponent:.2f}\n", *table(rows), "", sep="\n")


def draw(curves, path):
    # grey text on nothing can be read on a white page and on a black one; the same figures give the same bytes
    grey, blue = "#808080", "#3b82f6"
    names = ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color")
    style = {"svg.hashsalt": "svcd", "svg.fonttype": "none", "font.size": 9, "axes.titlesize": 10}
    with matplotlib.rc_context(dict.fromkeys(names, grey) | style):
        figure = matplotlib.figure.Figure(figsize=(11, 2.4), layout="constrained")
        for axes, curve in zip(figure.subplots(1, len(curves)), curves, strict=True):
            exponent, factor = curve.fit()
            sizes = np.array(curve.sizes)
            axes.loglog(sizes, curve.costs, "o", color=blue, markersize=4)
            axes.loglog(sizes, factor * sizes**exponent, "-", color=grey, linewidth=1)
            axes.set_title(f"{curve.title}\nexponent {exponent:.2f}")
            low, high = min(curve.costs), max(curve.costs)
            # a curve that hardly rises shall not look steep
            room = max(1.3, (10 / (high / low)) ** 0.5)
            axes.set_ylim(low / room, high * room)
            axes.set_ylabel(curve.cost)
            axes.set_yticks([low, high], [number(low), number(high)])
            ticks = (curve.sizes[0], curve.sizes[len(curve.sizes) // 2], curve.sizes[-1])
            axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
            axes.minorticks_off()
            axes.grid(color=grey, alpha=0.25, linewidth=0.5)
            axes.patch.set_alpha(0)
            axes.spines[["top", "right"]].set_visible(False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, transparent=True, metadata={"Date": None})


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_scale.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of each; the median counts (default: 5)")
    parser.add_argument("--seconds", type=int, default=2, metavar="S", help="of load in a run (default: 2)")
    parser.add_argument(
        "--svg", type=Path, default=ROOT / "docs" / "scale.svg", metavar="FILE", help="(default: docs/scale.svg)"
    )
    parser.add_argument("--svcd", type=Path, metavar="FILE", help="binary to measure instead of building one")
    parser.add_argument("--port-base", type=int, default=18700, metavar="PORT", help="first port (default: 18700)")
    return parser.parse_args()


if __name__ == "__main__":
    ending.run(main)
