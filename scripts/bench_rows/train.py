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
"""Measures training: SVC(gamma='scale') on the handwritten digits, and on 20,000 rows of 20 features in three classes.

The time is that of training alone, without reading the data; for svm-train, which reads its own format, it is that of the whole process. The
table shows the median of interleaved rounds, the smallest and the largest, and the processor time, which for svcd and svm-train is that of the
whole process; ratios are taken within a round. Support vectors and held-out accuracy are compared with scikit-learn's.
"""

import argparse
import json
import os
import resource
import shlex
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

# one thread for everybody but svcd with two
for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[variable] = "1"

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench_http"))

import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from peer import WORK, Trouble, in_turn, output  # noqa: E402
from peers_compiled import svcd  # noqa: E402
from report import cpu_model, number, spread, table  # noqa: E402
from sklearn.datasets import load_digits, make_classification  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.svm import SVC  # noqa: E402

REFERENCE = "scikit-learn"


@dataclass
class Trainer:
    name: str
    train: callable
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    outcome: tuple = ()

    def take_turn(self):
        seconds, processor, self.outcome = self.train()
        self.seconds.append(seconds)
        self.processor.append(processor)


def main():
    options = parse_options()
    WORK.mkdir(parents=True, exist_ok=True)
    binary = svcd(options).command[0]
    command = shlex.join(["scripts/bench_train.sh", *sys.argv[1:]])
    print(f"command: {command}\nmachine: {cpu_model()}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.2f}\n")
    lines = []
    for name in options.data:
        data = DATA[name]()
        trainers = list(trainers_of(name, data, binary, options.threads))
        for round_number in range(1, options.rounds + 1):
            for trainer in in_turn(trainers, round_number):
                trainer.take_turn()
                told = f"{trainer.seconds[-1]:.3f} s, processor {trainer.processor[-1]:.3f} s"
                print(f"round {round_number}: {name}: {trainer.name}: {told}", file=sys.stderr, flush=True)
        compare(trainers)
        rows = tabled(name, trainers)
        lines += rows if not lines else rows[1:]
    text = "\n".join(table(lines))
    print(text)
    versions = f"{output([binary, '--version'])}, scikit-learn {sklearn.__version__}, LIBSVM {libsvm_version()}"
    print(f"\n{versions}")
    if options.markdown:
        note = f"Median of {options.rounds} interleaved rounds, {cpu_model()}, {os.cpu_count()} cores, {versions}, `{command}`."
        # ratios are for the terminal: a document shows what was measured
        measured = "\n".join(table([line[:4] for line in lines]))
        options.markdown.write_text(f"{measured}\n\n{note}\n")


def digits():
    return load_digits(return_X_y=True)


def three_classes():
    return make_classification(20_000, 20, n_informative=10, n_classes=3, random_state=0)


DATA = {"digits": digits, "three classes": three_classes}


def trainers_of(name, data, binary, threads):
    rows, target = data
    stem = WORK / f"train-{name.replace(' ', '-')}"
    names = [f"x{column}" for column in range(rows.shape[1])] + ["target"]
    lines = (",".join([*(repr(float(value)) for value in row), str(label)]) for row, label in zip(rows, target))
    stem.with_suffix(".csv").write_text("\n".join([",".join(names), *lines]) + "\n")
    x_train, x_test, y_train, y_test = train_test_split(rows, target, test_size=0.2, random_state=0)
    with open(stem.with_suffix(".svm"), "w") as file:
        for row, label in zip(x_train, y_train):
            values = " ".join(f"{index}:{float(value)!r}" for index, value in enumerate(row, 1) if value)
            file.write(f"{label} {values}\n")
    gamma = 1 / (rows.shape[1] * x_train.var())
    yield Trainer(REFERENCE, lambda: train_sklearn(x_train, x_test, y_train, y_test))
    for count in threads:
        words = "thread" if count == 1 else "threads"
        yield Trainer(f"svcd, {count} {words}", lambda count=count: train_svcd(binary, stem, count))
    yield Trainer("svm-train", lambda: train_libsvm(stem, gamma))


def train_sklearn(x_train, x_test, y_train, y_test):
    wall, processor = time.perf_counter(), time.process_time()
    classifier = SVC(gamma="scale").fit(x_train, y_train)
    seconds = time.perf_counter() - wall, time.process_time() - processor
    return *seconds, (len(classifier.support_), classifier.score(x_test, y_test))


def run_measured(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def train_svcd(binary, stem, threads):
    model, report = stem.with_suffix(".bin"), stem.with_suffix(".json")
    flags = ["-o", str(model), "--report", str(report), "--threads", str(threads)]
    _, processor = run_measured([binary, "train", str(stem.with_suffix(".csv")), *flags])
    told = json.loads(report.read_text())
    return told["seconds"], processor, (sum(told["support_vectors_by_class"]), told["after_loading"]["accuracy"])


def train_libsvm(stem, gamma):
    files = [str(stem.with_suffix(".svm")), str(stem.with_suffix(".libsvm"))]
    seconds = run_measured(["svm-train", "-q", "-g", repr(float(gamma)), "-m", "200", *files])
    header = stem.with_suffix(".libsvm").read_text().split("SV\n")[0]
    n_support = next(line for line in header.splitlines() if line.startswith("total_sv"))
    return *seconds, (int(n_support.split()[1]),)


def compare(trainers):
    expected = next(trainer for trainer in trainers if trainer.name == REFERENCE).outcome
    for trainer in trainers:
        if trainer.name.startswith("svcd") and trainer.outcome != expected:
            raise Trouble(f"{trainer.name}: expected support vectors and accuracy {expected}, found {trainer.outcome}")


def tabled(name, trainers):
    reference = next(trainer for trainer in trainers if trainer.name == REFERENCE)
    lines = [["data", "trained by", "seconds", "processor seconds", "times scikit-learn", "in processor time"]]
    for trainer in trainers:
        ratio = statistics.median(a / b for a, b in zip(reference.seconds, trainer.seconds))
        of_processor = statistics.median(a / b for a, b in zip(reference.processor, trainer.processor))
        lines.append(
            [
                name,
                trainer.name,
                spread(trainer.seconds),
                number(statistics.median(trainer.processor)),
                f"{ratio:.2f}",
                f"{of_processor:.2f}",
            ]
        )
    return lines


def libsvm_version():
    told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libsvm-tools"], capture_output=True, text=True)
    return told.stdout or "?"


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_train.sh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: scripts/bench_train.sh --data digits --rounds 3",
    )
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA), help="(default: both)")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], help="of svcd (default: 1 2)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--svcd", type=Path, help="a binary to measure instead of the one built for the image")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write a table for the documents")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        sys.exit(f"error: {trouble}")
