"""Prints what DuckDB takes from the folders of dumped objects: a line of JSON with file, column and value for each.

    read_partitions.py FOLDER COLUMN
"""

import json
import sys

import duckdb


def main(folder, column):
    objects = f"read_json('{folder}/**/*.json', hive_partitioning = true, hive_types_autocast = false)"
    for offset, value in duckdb.sql(f'select "offset", "{column}" from {objects} order by 1').fetchall():
        print(json.dumps([offset, value]))


main(*sys.argv[1:])
