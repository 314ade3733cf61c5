"""The same for a DataFrame: Parquet in, Parquet out, with all columns kept and `predict` beside them, by mapInPandas.

    spark-submit --files svcd,model.pkl score_frame.py INPUT OUTPUT model.pkl [FILE OF THE MODEL..]

Columns are found by their names. A row that svcd refuses fails the job, with svcd's message in the error.
"""

import io
import subprocess
import sys

from pyspark import SparkFiles
from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType


def scored(batches, model):
    """Frames with the column `predict`. svcd starts in milliseconds, so each frame has a process of its own."""
    import pandas as pd

    files = [argument for name in model for argument in ("-m", SparkFiles.get(name))]
    command = [SparkFiles.get("svcd"), "predict", "--filter", "--header", "present", "--threads", "1", *files]
    for frame in batches:
        # Numbers are written so that they read back as the same double.
        done = subprocess.run(command, input=frame.to_csv(index=False), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        labels = pd.read_csv(io.StringIO(done.stdout), header=None, names=["predict"], dtype=str, keep_default_na=False)
        yield frame.assign(predict=labels["predict"].to_numpy())


def main():
    source, target, *model = sys.argv[1:]
    spark = SparkSession.builder.appName("svcd predict").getOrCreate()
    frame = spark.read.parquet(source)
    schema = StructType([*frame.schema.fields, StructField("predict", StringType())])
    frame.mapInPandas(lambda batches: scored(batches, model), schema).write.parquet(target)
    spark.stop()


if __name__ == "__main__":
    main()
