"""PySpark on two executors: the labels are those of one `svcd predict`, byte for byte, and a bad row fails the job with svcd's message."""

import os
import random
import shutil
import subprocess
from pathlib import Path

from report import DEPLOY, NAMES, ROOT, Difference, folder, need, run

ROWS, ROWS_SHORT = 2_000_000, 100_000
PYSPARK = ("--with", "pyspark==4.0.1", "--with", "pandas==2.3.3", "--with", "pyarrow==21.0.0")
MASTER = "local-cluster[2,1,1024]"
BAD_ROW = 70_000
MESSAGE = "expected a finite number"


def check(report, options):
    need("java", "apt-get install openjdk-17-jre-headless")
    work = folder("spark")
    shutil.copy(options.binary, work / "svcd")
    shutil.copy(ROOT / "model.bin", work / "model.bin")
    n_rows = ROWS_SHORT if options.short else ROWS
    rows = made_up(n_rows)
    (work / "rows.csv").write_text("".join(rows))
    expected = run("./svcd", "predict", "-m", "model.bin", "rows.csv", cwd=work).stdout.split("\n", 1)[1]

    submitted("score_lines.py", "rows.csv", "labels", work=work)
    found = "".join(part.read_text() for part in sorted((work / "labels").glob("part-*")))
    report.equal(f"RDD.pipe: the labels of {n_rows} rows, byte for byte", found == expected, True)

    parts = len(list((work / "labels").glob("part-*")))
    report.true("in more than one partition", parts > 1, parts)
    frames(report, work, expected)

    rows[BAD_ROW] = rows[BAD_ROW].replace(",", ",x", 1)
    (work / "bad.csv").write_text("".join(rows))
    done = submitted("score_lines.py", "bad.csv", "bad_labels", work=work, check=False)
    report.true("RDD.pipe: a wrong row fails the job", done.returncode != 0)
    # the cluster of the test keeps its executors' logs in PySpark's own folder
    logs = Path(python(work, "python", "-c", "import pyspark; print(pyspark.__path__[0])").stdout.strip()) / "work"
    told = [line for path in max(logs.glob("app-*")).glob("*/stderr") for line in path.read_text().splitlines() if MESSAGE in line]
    shutil.rmtree(logs)
    report.true("RDD.pipe: svcd's message is in an executor's log", told, told[:1])


def frames(report, work, expected):
    to_parquet = (
        "import pandas as pd; frame = pd.read_csv('rows.csv', nrows=50000); frame.to_parquet('rows.parquet'); "
        "frame.loc[7, frame.columns[2]] = float('inf'); frame.to_parquet('bad.parquet')"
    )
    python(work, "python", "-c", to_parquet)
    submitted("score_frame.py", "rows.parquet", "scored", work=work)
    back = "import pandas as pd; print('\\n'.join(pd.read_parquet('scored')['predict']))"
    found = python(work, "python", "-c", back).stdout.split()
    report.equal("mapInPandas: the labels of a DataFrame", found == expected.split()[: len(found)] and len(found) == 50_000, True)
    done = submitted("score_frame.py", "bad.parquet", "bad_scored", work=work, check=False)
    report.true("mapInPandas: svcd's message is in the error", done.returncode != 0 and MESSAGE in done.stderr)


def made_up(count):
    numbers = random.Random(0)
    lines = [",".join(NAMES) + "\n"]
    lines += [",".join(f"{numbers.uniform(0, 8):.2f}" for _ in NAMES) + "\n" for _ in range(count)]
    return lines


def submitted(script, source, target, work, check=True):
    environment = os.environ | {"PYSPARK_PYTHON": "python"}
    command = ("spark-submit", "--master", MASTER, "--conf", "spark.ui.enabled=false", "--conf", "spark.task.maxFailures=1")
    command += ("--files", "svcd,model.bin", str(DEPLOY / "spark" / script), source, target, "model.bin")
    return python(work, *command, check=check, env=environment)


def python(work, *command, check=True, **more):
    whole = ["uv", "run", "--quiet", "--no-project", "--python", "3.11", *PYSPARK, *command]
    done = subprocess.run(whole, cwd=work, capture_output=True, text=True, **more)
    if check and done.returncode != 0:
        raise Difference(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr[-3000:]}")
    return done
