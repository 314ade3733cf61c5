# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "schemathesis==4.32.5",
# ]
# ///
"""Checks svcd against its own OpenAPI document with schemathesis and all of its checks.

svcd must answer requests that fit the document, refuse requests that do not, and give only answers that the document promises. It serves
the embedded iris model and one with probabilities, two classes and text labels. If they are named, it also serves a model of a table with
categories and missing values, and a model of documents.

Prints what schemathesis found for each model; ends with exit code 1 if document and server disagree.

Needs cargo unless --binary is given, and the network for the first run. Run from anywhere:

    uv run scripts/check_openapi.py
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from serving import ROOT, compiled, serving

# Its numbers are those of a fixture; labels and names of columns are made up.
TWO_CLASSES = ROOT / "tests" / "fixtures" / "golden" / "probability_two.json"
TABLE = ROOT / "tests" / "fixtures" / "tables" / "1.9.1" / "titanic.p4"
TEXT = ROOT / "tests" / "fixtures" / "text" / "1.9.1" / "tfidf.p4"
MODELS = ("iris", "two-classes", "table", "text")
USUAL = MODELS[:2]


def main():
    options = parse_options()
    binary = options.binary or compiled()
    with tempfile.TemporaryDirectory() as folder:
        files = {"two-classes": write_two_classes(Path(folder)), "table": TABLE, "text": TEXT}
        arguments = {name: ["--model", str(files[name])] if name in files else [] for name in MODELS}
        agree = [check(name, binary, arguments[name], options, folder) for name in options.models or USUAL]
    return 0 if all(agree) else 1


def check(name, binary, arguments, options, folder):
    """Whether schemathesis finds nothing."""
    program = Path(sys.executable).with_name("schemathesis")
    with serving(binary, "--predict-route", "/predict", *arguments) as url:
        command = [program, "run", f"{url}/openapi.json", "--checks", "all", "--max-examples", str(options.examples)]
        command += ["--seed", str(options.seed), "--continue-on-failure", "--no-color", "--generation-database", "none"]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(ROOT / "scripts")}
        outcome = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if outcome.returncode != 0:
        print(f"FAILED  {name}\n{outcome.stdout}{outcome.stderr}", flush=True)
        return False
    cases = next((line for line in outcome.stdout.splitlines() if " generated" in line), "").strip()
    print(f"ok      {name}: {cases}", flush=True)
    return True


def write_two_classes(folder):
    document = json.loads(TWO_CLASSES.read_text())
    # They are of the fixture's own labels.
    del document["probes"]
    width = len(document["support_vectors_"][0])
    document |= {"classes_": ["no", "yes, \"sure\""], "feature_names_in_": [f"column {index}" for index in range(width)]}
    file = folder / "two.json"
    file.write_text(json.dumps(document))
    return file


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", metavar="FILE", type=os.path.abspath, help="the svcd to query [default: compiled first]")
    parser.add_argument("--examples", metavar="N", type=int, default=100, help="requests for each operation [default: 100]")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the generated requests [default: 0]")
    parser.add_argument("models", metavar="MODEL", nargs="*", help=f"of {', '.join(MODELS)} [default: {' '.join(USUAL)}]")
    options = parser.parse_args()
    if unknown := [name for name in options.models if name not in MODELS]:
        parser.error(f"unknown model {unknown[0]!r}, expected one of {', '.join(MODELS)}")
    return options


if __name__ == "__main__":
    sys.exit(main())
