"""Labels for CSV data larger than one machine: each partition's lines go through `svcd predict`, by RDD.pipe.

    spark-submit --files svcd,model.pkl score_lines.py INPUT OUTPUT model.pkl [FILE OF THE MODEL..]

INPUT is what Spark may read: a file, a folder, a pattern; every file of it begins with the same header. OUTPUT becomes a folder of
text files, one label a line, in the order of the rows. A row that svcd refuses fails the job; svcd's message, with line and column
within the partition, is in the executor's standard error.

svcd and the model travel with --files. They lie where the executors run, so this needs a cluster (standalone, YARN, Kubernetes).
"""

import itertools
import shlex
import sys

from pyspark.sql import SparkSession


def main():
    source, target, *model = sys.argv[1:]
    spark = SparkSession.builder.appName("svcd predict").getOrCreate()
    lines = spark.sparkContext.textFile(source)
    header = lines.first()
    files = [argument for name in model for argument in ("-m", f"./{name}")]
    # One thread: the cores are Spark's to give.
    command = ["./svcd", "predict", "--filter", "--header", "present", "--threads", "1", *files]
    rows = lines.filter(lambda line: line != header)
    with_header = rows.mapPartitions(lambda rows: itertools.chain([header], rows))
    with_header.pipe(shlex.join(command), checkCode=True).saveAsTextFile(target)
    spark.stop()


if __name__ == "__main__":
    main()
