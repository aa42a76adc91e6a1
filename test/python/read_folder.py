"""Opens a folder of Parquet files as docs/formats.md says, and prints what each reader finds in it as a line of JSON: its
name, and its rows without those columns that have nothing to do with folders.

    read_folder.py FOLDER
"""

import json
import sys

import duckdb
import pyarrow.dataset as ds
import pyarrow.parquet as pq

READERS = {
    "pyarrow": lambda folder: pq.read_table(folder, partitioning=ds.partitioning(flavor="hive")),
    "pyarrow, without the folders": lambda folder: pq.read_table(folder, partitioning=None),
    "DuckDB": lambda folder: duckdb.sql(f"FROM read_parquet('{folder}/**/*.parquet')").to_arrow_table(),
    "DuckDB, without the folders": lambda folder: duckdb.sql(
        f"FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
    ).to_arrow_table(),
}

_, folder = sys.argv
for reader, read in READERS.items():
    table = read(folder).drop_columns(["key", "value", "headers", "timestamp", "valueSize", "overflowFlag"])
    print(json.dumps([reader, table.to_pylist()]))
