"""Makes the pickles and joblib files of svcd's tests, under several versions of scikit-learn.

For each version a folder FOLDER/VERSION with the files CASE.FORMAT, where FORMAT is p0 to p5 (pickle's protocols), joblib,
joblib.z or joblib.gz, and for each case CASE.expected.json: rows with the labels, decision values and probabilities that
scikit-learn gives for them. The newest version also makes FOLDER/refused: files that svcd says no to. The table of versions
in FOLDER/README.md is written again. Prints a line for each version.

Needs uv, and the network for the first run. Runs itself in uv's environments with the versions listed in VERSIONS.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

# Oldest joblib without padding in front of arrays, then the one that each scikit-learn came with at its time.
VERSIONS = (
    {"scikit-learn": "1.1.3", "numpy": "1.23.5", "scipy": "1.9.3", "joblib": "1.1.1"},
    {"scikit-learn": "1.3.2", "numpy": "1.26.4", "scipy": "1.11.4", "joblib": "1.3.2"},
    {"scikit-learn": "1.5.2", "numpy": "2.0.2", "scipy": "1.14.1", "joblib": "1.4.2"},
    {"scikit-learn": "1.7.2", "numpy": "2.2.6", "scipy": "1.15.3", "joblib": "1.5.2"},
    {"scikit-learn": "1.9.1", "numpy": "2.4.6", "scipy": "1.17.1", "joblib": "1.6.0"},
)
PYTHON = "3.11"


def main():
    options = parse_options()
    if options.inside:
        from pickle_cases import make_files

        print(json.dumps(make_files(options.folder, newest=options.newest)))
        return
    lines = []
    for number, version in enumerate(VERSIONS, 1):
        print(f"[{number}/{len(VERSIONS)}] scikit-learn {version['scikit-learn']}", file=sys.stderr)
        made = run_inside(version, options.folder, newest=version is VERSIONS[-1])
        lines.append(table_line(version, made))
        print(f"scikit-learn {version['scikit-learn']}: {made['files']} files, {made['bytes']} bytes")
    total = sum(path.stat().st_size for path in options.folder.rglob("*") if path.is_file())
    print(f"all of {options.folder}: {total} bytes")
    replace_table(options.folder / "README.md", "versions", [*TABLE_HEAD, *lines])


def run_inside(version, folder, newest):
    """Runs this script in an environment with that version, and gives what it printed."""
    pins = [argument for name, number in version.items() for argument in ("--with", f"{name}=={number}")]
    command = ["uv", "run", "--quiet", "--no-project", "--python", PYTHON, *pins, "python", __file__]
    command += ["--inside", "--folder", str(folder), *(["--newest"] if newest else [])]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


TABLE_HEAD = (
    "| scikit-learn | NumPy | joblib | pickle protocols | joblib forms | models | files |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def table_line(version, made):
    cells = [
        version["scikit-learn"],
        version["numpy"],
        version["joblib"],
        "0 to 5",
        "plain, zlib, gzip",
        made["models"],
        made["files"],
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
        epilog="example: python3 scripts/make_pickle_fixtures.py",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "pickle",
        help="where to write (default: tests/fixtures/pickle beside scripts/)",
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--newest", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
