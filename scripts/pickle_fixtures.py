"""The pickles and joblib files for svcd's tests, by several versions of scikit-learn; part of make_fixtures.py.

For each version a folder VERSION with the files CASE.FORMAT, where FORMAT is p0 to p5 (pickle's protocols), joblib, joblib.z or
joblib.gz, and for each case CASE.expected.json: rows with the labels, decision values and probabilities that scikit-learn
gives for them. The newest version also makes the folder refused: files that svcd rejects.

A plain module that runs itself in uv's environments with the versions listed in VERSIONS.
"""

import argparse
import json
import shutil
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

# Four, for the folders that have to be small; 1.6 is the one that most public models come from.
FOUR = (
    *VERSIONS[:2],
    {"scikit-learn": "1.6.1", "numpy": "2.2.6", "scipy": "1.15.3", "joblib": "1.4.2"},
    VERSIONS[-1],
)

# The last before modules and attributes got other names, and one after. They need an interpreter of their time.
OLDER = (
    {"python": "3.7", "scikit-learn": "0.21.3", "numpy": "1.19.5", "scipy": "1.4.1", "joblib": "0.14.1"},
    {"python": "3.7", "scikit-learn": "0.23.2", "numpy": "1.19.5", "scipy": "1.4.1", "joblib": "0.14.1"},
)


def run_under(versions, script, folder):
    """Lets `script` fill `folder`, which is emptied first, under each of these versions."""
    for made in [path for path in folder.glob("*") if path.is_dir()]:
        shutil.rmtree(made)
    for version in versions:
        subprocess.run(command(version, script, folder, newest=version is versions[-1]), check=True)


def command(version, script, folder, newest):
    """The command that runs `script` in an environment with that version."""
    packages = {name: number for name, number in version.items() if name != "python"}
    pins = [argument for name, number in packages.items() for argument in ("--with", f"{name}=={number}")]
    python = version.get("python", PYTHON)
    start = ["uv", "run", "--quiet", "--no-project", "--python", python, *pins, "python", str(script)]
    return [*start, "--folder", str(folder), *(["--newest"] if newest else [])]


def make(folder):
    """Makes all files in `folder`, and gives the lines of the table of versions."""
    lines = []
    for number, version in enumerate(VERSIONS, 1):
        print(f"[{number}/{len(VERSIONS)}] scikit-learn {version['scikit-learn']}", file=sys.stderr)
        made = run_inside(version, folder, newest=version is VERSIONS[-1])
        lines.append(table_line(version, made))
        print(f"pickle/{version['scikit-learn']}: {made['files']} files, {made['bytes']} bytes")
    return [*TABLE_HEAD, *lines]


def run_inside(version, folder, newest):
    """Runs this file in an environment with that version, and gives what it printed."""
    own = command(version, __file__, folder, newest)
    return json.loads(subprocess.run(own, check=True, stdout=subprocess.PIPE, text=True).stdout)


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


def main():
    """What run_inside starts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--newest", action="store_true")
    options = parser.parse_args()
    # not above: this needs scikit-learn, which make_fixtures.py has in another version
    from pickle_cases import make_files

    print(json.dumps(make_files(options.folder, newest=options.newest)))


if __name__ == "__main__":
    main()
