# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1"]
# ///
"""Measures models of tables and of texts as files, all in one run, in interleaved rounds.

Whole programs turn rows of a table with categories, and lines of text, into labels; the texts on one thread. Then how a
vectorizer with a large vocabulary loads: time until svcd listens, memory at that point and its peak until then, less those
of the iris model. scikit-learn trains the models on made-up data. The tables show the median, the smallest and the largest;
ratios are taken within a round. Labels are compared. bench_http.sh measures requests for one row of these models.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import ending
import tables_data
from peer import WORK, Trouble, in_turn, output
from peers import train_model
from peers_compiled import svcd_binary
from report import MIB, cpu_model, number, origin_of, spread, table
from server import free_ports

PYTHON = Path(__file__).with_name("tables_data.py")


@dataclass
class Program:
    """Turns a file into labels, one a line below a line with a name."""

    name: str
    command: list[str]
    answers: Path
    seconds: list[float] = field(default_factory=list)
    # processor time, user and system
    processor: list[float] = field(default_factory=list)
    # of `predict` alone, where the program tells it
    predicting: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)

    def take_turn(self):
        told = self.answers.with_suffix(".time")
        single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        with open(self.answers.with_suffix(".out"), "wb") as out:
            subprocess.run(
                ["/usr/bin/time", "--format", "%e %U %S %M", "--output", str(told), *self.command],
                stdout=out,
                check=True,
                env={**os.environ, **single},
            )
        seconds, user, system, kibibytes = map(float, told.read_text().split())
        self.seconds.append(seconds)
        self.processor.append(user + system)
        self.resident.append(1024 * kibibytes / MIB)
        if said := self.answers.with_suffix(".out").read_text()[:99].removeprefix("predict took ").split("\n")[0]:
            self.predicting.append(float(said) if re.fullmatch(r"[\d.]+", said) else seconds)

    def labels(self):
        return self.answers.read_text().split("\n")[1:]


def main():
    options = parse_options()
    WORK.mkdir(parents=True, exist_ok=True)
    train_model()
    binary = svcd_binary(options)
    command = " ".join(["scripts/bench_tables.sh", *sys.argv[1:]])
    print(f"command: {command}\nmachine: {cpu_model()}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.2f}")
    print(f"svcd: {output([binary, '--version'])}\n")
    tables_data.write_models(WORK)
    parts = options.parts.split(",")
    if "table" in parts:
        tables_data.write_table(WORK / "table.csv", options.rows)
        title = f"{options.rows:,} rows of the table"
        files(title, options.rows, programs(binary, "table", "csv", []), options)
    if "text" in parts:
        tables_data.write_documents(WORK / "text.txt", options.documents)
        title = f"{options.documents:,} documents, one thread"
        more = ["--threads", "1", "--format-in", "lines"]
        files(title, options.documents, programs(binary, "text", "txt", more), options)
    if "vocabulary" in parts:
        tables_data.write_words(WORK, options.words)
        vocabulary(binary, options)
    print(origin_of(f"{options.rounds} interleaved rounds", command))


def programs(binary, name, end, more):
    source = str(WORK / f"{name}.{end}")
    answers = [WORK / f"{name}.svcd.labels", WORK / f"{name}.python.labels"]
    ours = [binary, "predict", "--model", str(WORK / f"{name}.pkl"), "-o", str(answers[0]), *more, source]
    theirs = [sys.executable, str(PYTHON), name, str(WORK / f"{name}.pkl"), source, str(answers[1])]
    return [Program("svcd predict", ours, answers[0]), Program("scikit-learn, pandas", theirs, answers[1])]


def files(title, count, both, options):
    for round_number in range(1, options.rounds + 1):
        for program in in_turn(both, round_number):
            program.take_turn()
            print(f"round {round_number}: {program.name}: {program.seconds[-1]:.2f} s", file=sys.stderr, flush=True)
    ours, theirs = both
    found = [program.labels() for program in both]
    if len(found[0]) != len(found[1]):
        raise Trouble(f"{title}: svcd wrote {len(found[0])} lines, scikit-learn {len(found[1])}")
    others = sum(one != other for one, other in zip(*found, strict=True))
    if others:
        raise Trouble(f"{title}: {others} other labels than scikit-learn's")
    rows = [["program", "seconds", "rows/s", "svcd is faster by", "than predict alone by", "CPU s", "less by", "memory, MiB"]]
    for program in both:
        ratios = [own / other for own, other in zip(program.seconds, ours.seconds, strict=True)]
        alone = [own / other for own, other in zip(program.predicting, ours.seconds)]
        less = [own / other for own, other in zip(program.processor, ours.processor, strict=True)]
        rates = [count / seconds for seconds in program.seconds]
        times = ["", "", ""] if program is ours else [f"{spread(figure)} x" for figure in (ratios, alone, less)]
        figures = [spread(program.seconds), spread(rates), *times[:2], spread(program.processor), times[2]]
        rows.append([program.name, *figures, spread(program.resident)])
    print(f"{title}\n", *table(rows), "", sep="\n")


def vocabulary(binary, options):
    path = WORK / "words.pkl"
    file = path.stat().st_size / MIB
    without = [loaded(binary, WORK / "model", options)[1:] for _ in range(options.rounds)]
    least = [statistics.median(figure) for figure in zip(*without)]
    times, residents, peaks = [], [], []
    for _ in range(options.rounds):
        seconds, resident, peak = loaded(binary, path, options)
        times.append(seconds)
        residents.append(resident - least[0])
        peaks.append(peak - least[1])
    rows = [["", "found", "times the file"]]
    rows.append(["file, MiB", number(file), "1"])
    rows.append(["seconds until it listens", spread(times), ""])
    rows.append(["resident, MiB", spread(residents), spread([value / file for value in residents])])
    rows.append(["most while it loads, MiB", spread(peaks), spread([value / file for value in peaks])])
    print(f"A vocabulary of {options.words:,} words\n", *table(rows), "", sep="\n")


def loaded(binary, model, options):
    """Seconds until it listens, and MiB that are resident then and were at most."""
    port = next(free_ports(options.port_base))
    began = time.perf_counter()
    command = [binary, "serve", "--model", str(model), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        process.stdout.readline()
        seconds = time.perf_counter() - began
        status = Path(f"/proc/{process.pid}/status").read_text()
        pages = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.M))
        return seconds, int(pages["VmRSS"]) / 1024, int(pages["VmHWM"]) / 1024
    finally:
        process.terminate()
        process.wait()


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_tables.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default="table,text,vocabulary", help="which (default: all of them)")
    parser.add_argument("--rows", type=int, default=1_000_000, metavar="N", help="of the table (default: 1000000)")
    parser.add_argument("--documents", type=int, default=500_000, metavar="N", help="(default: 500000)")
    parser.add_argument("--words", type=int, default=500_000, metavar="N", help="of the large one (default: 500000)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="interleaved rounds (default: 3)")
    parser.add_argument("--port-base", type=int, default=18_300, metavar="N", help="first port (default: 18300)")
    parser.add_argument("--svcd", type=Path, metavar="FILE", help="binary to measure instead of building one")
    return parser.parse_args()


if __name__ == "__main__":
    ending.run(main)
