# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "onnxruntime==1.32.0",
#     "skl2onnx==1.20.0",
#     "m2cgen==0.10.0",
#     "pandas==3.1.1",
# ]
# ///
"""Measures svcd's mathematics next to other predictors: no server, no files, one thread each, the same model and rows.

iris is the notebook's model, digits scikit-learn's handwritten digits, linear the same with a linear kernel, pipeline
the same behind a scaler and a PCA with 30 components, noise 2,000 samples with 200 features. These are asked for labels, and
iris, digits and noise also for decision values (-scores). svr is a regression of 442 samples with 10 features, text 20-word
documents behind TF-IDF and a LinearSVC. Each predictor is a process that holds the rows in memory, in its own form, and
predicts them when it is its turn: all of them with one call if it has such a call, then with a call for each row. The
tables show the median of the rounds, the smallest and the largest; ratios are taken within a round. Answers are compared
with scikit-learn's: labels have to be equal, numbers within 1e-12.

The last lines of each table, except for text, are limits of the processor: the additions and multiplications that a row
needs, each rounded separately as svcd's scores need them (no fused multiply-add), at the peak rate that one thread reaches
in registers; and the same for fused multiply-adds in single precision, which svcd may use when only labels are asked for.
"""

import argparse
import os
import shlex
import statistics
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench_http"))

import cases  # noqa: E402
import ending  # noqa: E402
import limit  # noqa: E402
import predictors  # noqa: E402
from peer import WORK, Trouble, in_turn, output  # noqa: E402
from peers import train_model  # noqa: E402
from peers_compiled import svcd  # noqa: E402
from predictor import ONE_THREAD  # noqa: E402
from report import cpu_model, number, origin_of, spread, table  # noqa: E402

CASES = {
    "iris": (cases.iris, 10_000),
    "digits": (cases.digits, 10_000),
    "linear": (cases.linear, 10_000),
    "pipeline": (cases.pipeline, 10_000),
    "noise": (cases.noise, 1_000),
    "iris-scores": (cases.scores(cases.iris), 10_000),
    "digits-scores": (cases.scores(cases.digits), 10_000),
    "noise-scores": (cases.scores(cases.noise), 1_000),
    "svr": (cases.svr, 10_000),
    "text": (cases.text, 10_000),
}
# of numbers, and as a part of the largest where that is above 1
TOLERANCE = 1e-12
# what is measured at once takes at least so long
RUN_SECONDS_MIN = 0.3
ALONE = 1
# rows whose labels are compared with LIBSVM's order, and how many of them lie next to a border
BORDER_ROWS, BORDER_ROWS_NEAR = 1_000_000, 20_000


@dataclass
class Found:
    """Rows a second, one figure a round, and the answers that scikit-learn gives otherwise."""

    together: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    wrong: int = 0


@dataclass
class Result:
    case: cases.Case
    found: dict[str, Found]
    limit: limit.Limit | None

    def ratios(self, name, way):
        """How many times faster svcd is, in each round."""
        ours, theirs = (getattr(self.found[peer], way) for peer in ("svcd", name))
        return [our / their for our, their in zip(ours, theirs, strict=True)]


def main():
    options = parse_options()
    command = shlex.join(["scripts/bench_kernel.sh", *sys.argv[1:]])
    WORK.mkdir(parents=True, exist_ok=True)
    train_model()
    binary = svcd(options).command[0]
    results, versions = [], {}
    print(f"command: {command}\nmachine: {cpu_model()}, one thread each; load average {os.getloadavg()[0]:.2f}\n")
    for name in options.cases:
        make, rows = CASES[name]
        case = make(rows)
        case.write()
        peers = predictors.of(case, binary)
        versions |= {peer.name: peer.versions for peer in peers}
        results.append(measure(case, peers, options))
        print_result(results[-1])
        if case.gives_labels and not case.is_pipeline:
            check_borders(case)
    print("\n".join(f"{name}: {text}" for name, text in versions.items()))
    if options.markdown:
        options.markdown.write_text(summary(results, versions, options, command))


def measure(case, peers, options):
    found = {peer.name: Found() for peer in peers}
    with ExitStack() as running:
        turns = []
        for peer in peers:
            answers = case.path(f"answers.{len(turns)}")
            turns.append(running.enter_context(peer.running(answers, os.environ | ONE_THREAD)))
        compare_answers(case, peers, found)
        for round_number in range(1, options.rounds + 1):
            print(f"{case.name}: round {round_number} of {options.rounds}", file=sys.stderr, flush=True)
            for turn in in_turn(turns, round_number):
                figures = found[turn.predictor.name]
                figures.together.append(rate(turn, case, len(case.rows)))
                figures.alone.append(rate(turn, case, ALONE))
    return Result(case, found, limit.measure(case))


def rate(turn, case, rows_at_once):
    seconds, passes = turn.seconds(1, rows_at_once), 1
    if seconds < RUN_SECONDS_MIN:
        passes = int(RUN_SECONDS_MIN / seconds) + 1
        seconds = turn.seconds(passes, rows_at_once)
    return passes * len(case.rows) / seconds


def compare_answers(case, peers, found):
    right = case.answers(1)
    allowed = 0 if case.gives_labels else TOLERANCE * max(1, abs(right).max())
    for index, peer in enumerate(peers):
        # written so that NaN is another answer
        wrong = found[peer.name].wrong = int((~(abs(case.answers(index) - right) <= allowed)).sum())
        if peer.name.startswith("svcd") and wrong:
            raise Trouble(f"{peer.name} gives {wrong} other answers than scikit-learn for {case.name}")


def check_borders(case):
    """Labels next to the borders between classes, against those in LIBSVM's order of summation."""
    found = output(predictors.borders(case, BORDER_ROWS, BORDER_ROWS_NEAR))
    print(f"{case.name}: {found}", flush=True)
    if not found.startswith("0 other labels"):
        raise Trouble(f"svcd's labels differ from LIBSVM's order for {case.name}: {found}")


def print_result(result):
    rows = [
        ["predictor", "rows/s together", "svcd is faster by", "µs a row alone", "svcd is faster by", "other answers"]
    ]
    for name, figures in result.found.items():
        alone = [1e6 / rate for rate in figures.alone]
        ratios = [spread(result.ratios(name, way)) + " x" for way in ("together", "alone")]
        wrong = f"{figures.wrong} of {len(result.case.answers(1)):,}"
        rows.append([name, spread(figures.together), ratios[0], spread(alone), ratios[1], wrong])
    for name, rate in limits(result).items():
        rows.append([f"({name})", number(rate), f"{share(result, rate):.2f} x", "", "", ""])
    told = f"{result.case.name}: {result.case.size}; {len(result.case.rows):,} rows, `{result.case.method}`"
    print(told, "", *table(rows), "", sep="\n", flush=True)
    if result.limit is not None:
        print_limit(result)


def print_limit(result):
    peaks = (result.limit.differences_per_s, result.limit.polynomials_per_s, result.limit.load_bytes_per_s)
    differences, polynomials, loads = (f"{peak / 1e9:.0f}" for peak in peaks)
    arithmetic, memory = (number(rate) for rate in (result.limit.rows_per_s_operations, result.limit.rows_per_s_loads))
    print(
        f"limit: {result.limit.operations_a_row:,} operations a row; peak {differences} G/s in squared differences, "
        f"{polynomials} G/s in polynomials: {arithmetic} rows/s; the support vectors loaded for each "
        f"{limit.ROWS_A_PASS} rows at {loads} GB/s: {memory} rows/s; svcd's share of the lower one {share(result, result.limit.rows_per_s):.2f}\n",
        flush=True,
    )


def limits(result):
    if result.limit is None:
        return {}
    found = {"limit": result.limit.rows_per_s}
    return found | {"limit, single precision": result.limit.rows_per_s_single} if result.case.gives_labels else found


def share(result, rate):
    return statistics.median(result.found["svcd"].together) / rate


def summary(results, versions, options, command):
    """For the documents."""
    rows = [["rows/s, one thread", *(f"{result.case.name}, {result.case.size}" for result in results)]]
    names = list(dict.fromkeys(name for result in results for name in result.found))
    for name in names:
        cells = []
        for result in results:
            figures = result.found.get(name)
            cells.append("–" if figures is None else number(statistics.median(figures.together)))
        rows.append([name, *cells])
    for name in dict.fromkeys(name for result in results for name in limits(result)):
        rates = (limits(result).get(name) for result in results)
        rows.append([f"({name})", *("–" if rate is None else number(rate) for rate in rates)])
    origin = origin_of(f"{options.rounds} interleaved rounds", command, "one thread")
    told = ", ".join(f"{name} ({text})" for name, text in versions.items() if not name.startswith("svcd"))
    return "\n".join([*table(rows), "", origin, "", f"Versions: {told}.", ""])


def parse_options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench_kernel.sh", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "cases", nargs="*", default=list(CASES), metavar="CASE", help=f"{', '.join(CASES)} (default: all)"
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="interleaved rounds (default: 7)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="also write a table for the documents")
    parser.add_argument(
        "--svcd", type=Path, metavar="FILE", help="binary that exports the model, instead of building one"
    )
    options = parser.parse_args()
    if unknown := set(options.cases) - set(CASES):
        parser.error(f"expected some of {', '.join(CASES)}, found {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    ending.run(main)
