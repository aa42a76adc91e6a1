"""Prints the rows of an Iceberg table, file by file, as JSON: one line for each file.

Arguments: the location of the table's metadata, the store's endpoint, access key and secret key.
"""

import base64
import json
import sys

import pyarrow.parquet as parquet
from pyiceberg.table import StaticTable


def text(part):
    return None if part is None else base64.b64encode(part).decode()


def line(row):
    headers = [[header["key"], text(header["value"])] for header in row["headers"]]
    parts = [row["topic"], row["partition"], row["offset"], row["timestamp"]]
    return [*parts, text(row["key"]), text(row["value"]), headers]


def main():
    location, endpoint, access_key, secret_key = sys.argv[1:]
    table = StaticTable.from_metadata(
        location,
        {
            "py-io-impl": "pyiceberg.io.pyarrow.PyArrowFileIO",
            "s3.endpoint": endpoint,
            "s3.access-key-id": access_key,
            "s3.secret-access-key": secret_key,
            "s3.region": "us-east-1",
            "s3.force-virtual-addressing": "false",
        },
    )
    for task in table.scan().plan_files():
        if task.delete_files:
            raise ValueError("a sink that only appends has deleted rows")
        path = task.file.file_path
        with table.io.new_input(path).open() as stream:
            rows = parquet.read_table(stream).to_pylist()
        print(json.dumps([path, [line(row) for row in rows]]))


main()
