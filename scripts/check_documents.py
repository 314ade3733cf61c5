# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "pandas==3.0.1",
#     "joblib==1.6.0",
#     "requests==2.32.5",
# ]
# ///
"""Runs the command blocks of README.md, docs/ and CONTRIBUTING.md exactly as printed.

Python blocks are run by Python with scikit-learn. Lines of `sh` blocks that begin with `svcd` are run: a server must start and stop cleanly, and every
other command must exit with 0. A `curl` line asks the server that the block has started. Scripts, Docker and the tools of platforms are run by
other checks, which ELSEWHERE names. Console blocks are run by `cargo test` (tests/it/consoles.rs), which compares what they print.

Prints a line for each block; ends with exit code 1 at the first that fails. Run from anywhere:

    uv run scripts/check_documents.py
"""

import argparse
import gzip
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import joblib
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC, LinearSVC

from serving import ROOT, compiled

DOCUMENTS = ["README.md", "CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
# What the first word of a line is, and what runs it.
ELSEWHERE = {
    "cargo": "the tests of the image and check.sh",
    "docker": "tests/image",
    "scripts": "tests/image, check.sh, .ci/run",
    "SVCD_STAGE=compiled": "needs a registry",
    "SVCD_MODEL_DIR=./models": "tests/image",
}
SHOWN = "localhost:8000"
# For a command, in seconds.
PATIENCE = 60
# What a block takes for granted: the reader's own rows.
READERS_OWN = """
import pickle
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
texts, labels = ["free prize", "lunch tomorrow", "call now"], ["spam", "ham", "spam"]
frame = pd.DataFrame({"age": [22.0, None, 30.0], "fare": [7.25, 71.25, 8.0], "sex": ["male", "female", "male"], "embarked": ["S", "C", "S"]})
"""


class Failure(Exception):
    """A block that does not do what the document says."""


def main():
    options = parse_options()
    binary = options.binary or compiled()
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder), binary)
        try:
            for document in DOCUMENTS:
                for line, language, lines in blocks(document):
                    reader.read(f"{document}:{line}", language, lines)
        except Failure as failure:
            print(f"FAILED  {failure}", flush=True)
            return 1
        finally:
            reader.stop()
    return 0


def blocks(document):
    """Line, language and lines of each fenced block."""
    text = (ROOT / document).read_text()
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, match.start()) + 1, match[1], match[2].splitlines()


class Reader:
    """Somebody who types what the documents show, in a folder with files of the names that they show."""

    def __init__(self, folder, binary):
        self.folder, self.server, self.address = folder, None, SHOWN
        (folder / "bin").mkdir()
        (folder / "bin" / "svcd").symlink_to(binary)
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        self.environment = {"PATH": path, "HOME": str(folder), "SVCD_PORT": "0"}
        put_files(folder)

    def read(self, place, language, lines):
        if language == "python":
            self.run_python(place, "\n".join(lines))
            print(f"ok      {place}: Python", flush=True)
        elif language == "sh":
            done = [self.run_line(place, line) for line in lines if line.strip()]
            print(f"ok      {place}: {sum(done)} of {len(done)} lines run here", flush=True)

    def run_python(self, place, text):
        if SHOWN in text and self.server is None:
            self.start(place, "svcd --model svm.pkl")
        text = READERS_OWN + text.replace(SHOWN, self.address)
        if "make_pipeline(TfidfVectorizer(), LinearSVC())" in text:
            text = text.replace("LinearSVC())", "LinearSVC()).fit(texts, labels)")
        self.run(place, [sys.executable, "-c", text])

    def run_line(self, place, line):
        """Whether the line is run here."""
        command = line.split("  #")[0].strip()
        first = command.split()[0].split("/")[0]
        if first == "curl":
            self.run(place, ["bash", "-c", command.replace("curl ", "curl --fail --silent --show-error ", 1).replace(SHOWN, self.address)])
            return True
        if first == "svcd":
            rest = command.split()[1:]
            if not rest or rest[0].startswith("-") or rest[0] == "serve":
                self.start(place, command)
            elif rest[0] == "healthcheck":
                self.run(place, ["bash", "-c", f"{command} http://{self.address}/healthz"])
            else:
                self.run(place, ["bash", "-c", command], text=",".join(["1"] * 4) if command.endswith(" -") else "")
            return True
        if first not in ELSEWHERE and command.split()[0] not in ELSEWHERE:
            raise Failure(f"{place}: nothing runs `{command}`")
        return False

    def run(self, place, command, text=""):
        done = subprocess.run(command, cwd=self.folder, env=self.environment, input=text, capture_output=True, text=True, timeout=PATIENCE)
        if done.returncode != 0:
            raise Failure(f"{place}: exit code {done.returncode}\n{command[-1]}\n{done.stdout}{done.stderr}")

    def start(self, place, command):
        """Starts a server; the one before has to stop well."""
        self.stop()
        self.server = subprocess.Popen(
            ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.server.stdout.readline()
        if "http://" not in line:
            raise Failure(f"{place}: `{command}` does not start: {line}{self.server.stderr.read()}")
        self.address = line.split("http://")[1].split()[0]

    def stop(self):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        code, self.server = self.server.wait(PATIENCE), None
        if code != 0:
            raise Failure(f"a server that was stopped ends with exit code {code}")


def put_files(folder):
    """Files that people have already, by the names that documents give them."""
    iris = load_iris()
    svc = SVC().fit(iris.data, iris.target)
    (folder / "model").write_bytes(pickle.dumps(svc))
    joblib.dump(svc, folder / "model.joblib")
    rows = "\n".join(",".join(map(str, row)) for row in iris.data[::10]) + "\n"
    (folder / "rows.csv").write_text(rows)
    numbered = "\n".join(f"{index},{row}" for index, row in enumerate(rows.split()))
    names = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)"
    (folder / "rows.csv.gz").write_bytes(gzip.compress(f"id,{names}\n{numbered}\n".encode()))
    answered = "".join(f"{row},{label}\n" for row, label in zip(rows.split(), svc.predict(iris.data[::10])))
    (folder / "answers.csv").write_text(f"x0,x1,x2,x3,predict\n{answered}")
    (folder / "german.csv").write_text("# drei Blumen\n" + rows.replace(",", ";").replace(".", ","))
    shutil.copytree(ROOT / "examples", folder / "examples")
    table = (ROOT / "examples" / "iris.csv").read_text().replace("target", "species", 1)
    (folder / "data.csv").write_text(table)
    (folder / "mails.txt").write_text("free prize\nlunch tomorrow\n")
    spam = make_pipeline(TfidfVectorizer(), LinearSVC()).fit(["free prize", "lunch tomorrow"], ["spam", "ham"])
    (folder / "spam.pkl").write_bytes(pickle.dumps(spam))
    pieces = ROOT / "tests" / "fixtures" / "pieces" / "1.9.1" / "labels"
    (folder / "models").mkdir()
    for name, file in {"scaler.pkl": "scaler.pkl", "svm_model.pkl": "svm.pkl", "label_encoder.pkl": "labels.pkl"}.items():
        shutil.copy(pieces / file, folder / name)
        shutil.copy(pieces / file, folder / "models" / name)
    fixture = ROOT / "tests" / "fixtures" / "libsvm"
    shutil.copy(next(iter(sorted(fixture.glob("*.model")))), folder / "iris.model")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", metavar="FILE", type=os.path.abspath, help="the svcd to run [default: compiled first]")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
