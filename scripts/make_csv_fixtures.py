# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.4.6", "pandas==3.0.1"]
# ///
"""Makes tests/fixtures/csv.jsonl: texts as people have them, and the rows that pandas reads from each.

Each case has the bytes (one per character), the flags for `svcd predict`, and the numbers of the model's four columns. The model is the one inside
the binary, and the rows are iris rows. Needs uv, and the network for the first run. Two runs give the same bytes.

usage: uv run scripts/make_csv_fixtures.py
"""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd

TARGET = Path(__file__).parent.parent / "tests/fixtures/csv.jsonl"
COLUMNS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]
ROWS = [[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5], [5.9, 3.2, 4.8, 1.8], [1e-3, 2.5e1, 0.30000000000000004, 7.0]]
NOTES = ["plain", 'say "hi", twice', "two\nlines\r\nand\rthree", '5" disk']


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=COLUMNS)


def notes() -> pd.DataFrame:
    table = frame()
    table.insert(2, "note", NOTES)
    return table


def written(table: pd.DataFrame, **options) -> bytes:
    return table.to_csv(**{"index": False, **options}).encode()


def ended(end: str) -> bytes:
    return written(frame()).decode().replace("\n", end).encode()


def seeded(sep: str, decimal: str) -> bytes:
    numbers = np.random.default_rng(3).uniform(0.1, 8, (12, 4))
    table = pd.DataFrame(numbers, columns=COLUMNS)[COLUMNS[::-1]]
    table.insert(0, "id", [f"{row:04}" for row in range(12)])
    return written(table, sep=sep, decimal=decimal)


def bare(text: str) -> bytes:
    return text.encode()


PLAIN = bare("5.1,3.5,1.4,0.2\n6.3,3.3,6,2.5\n")

# name: (bytes, flags of svcd predict, arguments of pandas.read_csv)
CASES = {
    "written by pandas": (written(frame()), [], {}),
    "with its index": (written(frame(), index=True), [], {}),
    "with CR LF": (written(frame(), lineterminator="\r\n"), [], {}),
    "with CR": (ended("\r"), [], {}),
    "without a last line end": (ended("\n")[:-1], [], {}),
    "with CR and without a last one": (ended("\r")[:-1], [], {}),
    "with a byte order mark": (b"\xef\xbb\xbf" + written(frame()), [], {}),
    "with empty lines": (ended("\n\n") + b"\n \n", [], {}),
    "with line ends, quotes and commas inside quotes": (written(notes()), [], {}),
    "with CR LF outside of quotes": (written(notes(), lineterminator="\r\n"), [], {}),
    "all quoted": (written(notes(), quoting=csv.QUOTE_ALL), [], {}),
    "quotes that mean themselves": (
        bare(",".join([*COLUMNS, "note"]) + '\n5.1,3.5,1.4,0.2,5" disk\n6.3,3.3,6,2.5,6" disk\n'),
        [],
        {},
    ),
    "without a header": (PLAIN, [], {"header": None, "names": COLUMNS}),
    "without a header, in quotes": (bare('"5.1","3.5",1.4,"0.2"\n'), [], {"header": None, "names": COLUMNS}),
    "a numeric header": (bare("0,1,2,3\n") + PLAIN, ["--header", "present", "--feature-names", "0,1,2,3"], {}),
    "numbers in many forms": (
        bare("+5.1, 3.5,1.4e0,.2\n6.3,3.3 ,6.,25E-1\n1234567890123456789,0.1234567890123456789,1e-320,-0\n"),
        [],
        {"header": None, "names": COLUMNS},
    ),
    "semicolons": (seeded(";", "."), [], {"sep": ";"}),
    "semicolons and decimal commas": (seeded(";", ","), ["--decimal", ","], {"sep": ";", "decimal": ","}),
    "tabs": (seeded("\t", "."), [], {"sep": "\t"}),
    "tabs and decimal commas": (seeded("\t", ","), ["--decimal", ","], {"sep": "\t", "decimal": ","}),
    "bars": (seeded("|", "."), ["--separator", "|"], {"sep": "|"}),
    "commas and decimal commas in quotes": (
        seeded(",", ","),
        ["--separator", ",", "--decimal", ","],
        {"sep": ",", "decimal": ","},
    ),
    "comments": (
        bare('# from "here\n') + written(frame()).replace(b"\n6.3", b"\n# it's\n#\n6.3"),
        ["--comment", "#"],
        {"comment": "#"},
    ),
    "UTF-16": ("\ufeff".encode("utf-16-le") + written(notes()).decode().encode("utf-16-le"), [], {"encoding": "utf-16"}),
    "UTF-16, big endian": (
        "\ufeff".encode("utf-16-be") + written(notes()).decode().encode("utf-16-be"),
        [],
        {"encoding": "utf-16"},
    ),
    "gzip": (gzip.compress(written(notes()), mtime=0), [], {"compression": "gzip"}),
    "gzip of two members": (
        gzip.compress(written(frame()), mtime=0) + gzip.compress(PLAIN, mtime=0),
        [],
        {"compression": "gzip"},
    ),
    "gzip of UTF-16": (
        gzip.compress("\ufeff".encode("utf-16-le") + written(frame()).decode().encode("utf-16-le"), mtime=0),
        [],
        {"compression": "gzip", "encoding": "utf-16"},
    ),
}


def main() -> None:
    cases = []
    for name, (content, flags, options) in CASES.items():
        table = pd.read_csv(io.BytesIO(content), float_precision="round_trip", **options)
        columns = COLUMNS if set(COLUMNS) <= set(table.columns) else list(table.columns)
        rows = table[columns].astype(float).to_numpy().tolist()
        cases.append({"name": name, "bytes": content.decode("latin-1"), "flags": flags, "rows": rows})
    TARGET.write_text("".join(json.dumps(case) + "\n" for case in cases))
    print(f"{len(cases)} cases, pandas {pd.__version__}")


if __name__ == "__main__":
    main()
