# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "onnxruntime==1.32.0",
#     "skl2onnx==1.20.0",
#     "pandas==3.0.1",
# ]
# ///
"""Measures whole programs that turn a file of iris rows into a file of labels, with the notebook's model.

svcd predict and the programs in Python read the same CSV; svm-predict reads the same rows in LIBSVM's format. The time is that
of the whole process. The table shows the median of interleaved rounds, the smallest and the largest; ratios are taken within a
round. Labels are compared with scikit-learn's.
"""

import argparse
import os
import shlex
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench_http"))

import cases  # noqa: E402
import ending  # noqa: E402
import numpy as np  # noqa: E402
import onnx_model  # noqa: E402
from peer import WORK, Trouble, in_turn, output, run  # noqa: E402
from peers import train_model  # noqa: E402
from peers_compiled import svcd  # noqa: E402
from report import MIB, cpu_model, number, origin_of, spread, table  # noqa: E402

PYTHON_FILE = Path(__file__).with_name("python_file.py")
# the file repeats so many rows
ROWS_MADE_MAX = 100_000
REFERENCE = "scikit-learn, pandas"


@dataclass
class Program:
    """Reads its file and writes the labels to `answers`, a line each, below a line with a name if `headed`."""

    name: str
    command: list[str]
    answers: Path
    versions: str
    headed: bool = True
    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    wrong: int = 0

    def take_turn(self):
        # GNU time starts it from a small process: Linux counts the memory of whoever starts a program as the program's
        told = self.answers.with_suffix(".time")
        with open(self.answers.with_suffix(".out"), "wb") as out:
            subprocess.run(
                ["/usr/bin/time", "--format", "%e %U %S %M", "--output", str(told), *self.command],
                stdout=out,
                check=True,
            )
        seconds, user, system, kibibytes = map(float, told.read_text().split())
        self.seconds.append(seconds)
        self.processor.append(user + system)
        self.resident.append(1024 * kibibytes / MIB)

    def labels(self):
        return np.loadtxt(self.answers, dtype=int, skiprows=int(self.headed))


def main():
    options = parse_options()
    command = shlex.join(["scripts/bench_files.sh", *sys.argv[1:]])
    WORK.mkdir(parents=True, exist_ok=True)
    train_model()
    binary = svcd(options).command[0]
    case = cases.iris(min(options.rows, ROWS_MADE_MAX))
    case.write()
    write_files(case, options.rows)
    programs = [ours(case, binary), libsvm(case, binary), *with_pandas(case)]
    print(f"command: {command}\nmachine: {cpu_model()}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.2f}\n")
    for round_number in range(1, options.rounds + 1):
        for program in in_turn(programs, round_number):
            program.take_turn()
            print(f"round {round_number}: {program.name}: {program.seconds[-1]:.2f} s", file=sys.stderr, flush=True)
    compare_labels(programs)
    print(f"{options.rows:,} rows\n", *table(tabled(programs, options.rows, spread)), "", sep="\n")
    print("\n".join(f"{program.name}: {program.versions}" for program in programs))
    if options.markdown:
        options.markdown.write_text(summary(programs, options, command))


def write_files(case, count):
    """The same rows as CSV and in LIBSVM's format, repeated up to `count`."""
    numbers = [[repr(float(value)) for value in row] for row in case.rows]
    forms = {
        "csv": [",".join(row) for row in numbers],
        "svm": ["0 " + " ".join(f"{index}:{value}" for index, value in enumerate(row, 1)) for row in numbers],
    }
    for end, lines in forms.items():
        times, rest = divmod(count, len(lines))
        whole = "".join(line + "\n" for line in lines)
        with open(case.path(end), "w") as file:
            file.write("x0,x1,x2,x3\n" if end == "csv" else "")
            for _ in range(times):
                file.write(whole)
            file.writelines(line + "\n" for line in lines[:rest])


def ours(case, binary):
    answers = case.path("svcd.out")
    command = [binary, "predict", "--model", str(case.model_file), str(case.path("csv"))]
    return Program("svcd predict", command, answers, output([binary, "--version"]))


def libsvm(case, binary):
    model, answers = case.path("libsvm"), case.path("libsvm.labels")
    run([binary, "export", str(case.model_file), "-o", str(model)])
    program = shutil.which("svm-predict")
    if program is None:
        raise Trouble("svm-predict is not installed; apt-get install libsvm-tools")
    told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libsvm-tools"], capture_output=True, text=True)
    command = [program, "-q", str(case.path("svm")), str(model), str(answers)]
    return Program("LIBSVM svm-predict", command, answers, f"libsvm-tools {told.stdout or '?'}", headed=False)


def with_pandas(case):
    onnx_model.write(case)
    models = {"scikit-learn": case.model_file, "onnxruntime": case.path("onnx")}
    for library, model in models.items():
        answers = case.path(f"{library}.labels")
        command = [sys.executable, str(PYTHON_FILE), library, str(model), str(case.path("csv")), str(answers)]
        yield Program(f"{library}, pandas", command, answers, onnx_model.versions(library, "pandas", "numpy"))


def compare_labels(programs):
    right = next(program for program in programs if program.name == REFERENCE).labels()
    for program in programs:
        labels = program.labels()
        if labels.shape != right.shape:
            raise Trouble(f"{program.name} wrote {len(labels)} labels, {REFERENCE} {len(right)}")
        program.wrong = int((labels != right).sum())
        if program.wrong and "onnx" not in program.name:
            raise Trouble(f"{program.name} wrote {program.wrong} other labels than {REFERENCE}")


def tabled(programs, count, show):
    """`show` makes the text of a figure out of what the rounds found."""
    rows = [["program", "seconds", "rows/s", "svcd is faster by", "CPU s", "memory, MiB", "other labels"]]
    for program in programs:
        ratios = [theirs / ours for ours, theirs in zip(programs[0].seconds, program.seconds, strict=True)]
        rate = [count / seconds for seconds in program.seconds]
        faster = "" if program is programs[0] else show(ratios) + " x"
        figures = [show(program.seconds), show(rate), faster, show(program.processor), show(program.resident)]
        rows.append([program.name, *figures, f"{program.wrong:,}"])
    return rows


def median(values):
    return number(statistics.median(values))


def summary(programs, options, command):
    """For the documents."""
    versions = ", ".join(f"{program.name} ({program.versions})" for program in programs[1:])
    origin = origin_of(f"{options.rounds} interleaved rounds", command, f"{os.cpu_count()} cores")
    lines = table([cells[:3] + cells[4:] for cells in tabled(programs, options.rows, median)])
    return "\n".join([*lines, "", f"{options.rows:,} rows. {origin}", "", f"Versions: {versions}.", ""])


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_files.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=3_000_000, metavar="N", help="in the file (default: 3000000)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="interleaved rounds (default: 3)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write a table for the documents")
    parser.add_argument("--svcd", type=Path, metavar="FILE", help="binary to measure instead of building one")
    return parser.parse_args()


if __name__ == "__main__":
    ending.run(main)
