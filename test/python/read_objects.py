"""Reads dumped objects with somebody else's reader, and prints each record as a line of JSON with its bytes in hex.

    read_objects.py READER FILE...

`--` before another reader's name begins another group, so that the libraries are loaded once; an empty line is between groups.
"""

import base64
import datetime
import gzip
import itertools
import json
import pathlib
import sys

import duckdb
import fastavro
import pyarrow.parquet
from backports import zstd

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def main(*arguments):
    for _, group in itertools.groupby(arguments, lambda argument: argument == "--"):
        reader, *files = group
        if reader == "--":
            print()
            continue
        for file in files:
            for record in READERS[reader](file):
                print(json.dumps(record))


def bytes_of_json(text, encoding):
    """As docs/formats.md says."""
    if text is None:
        return None
    return (base64.b64decode(text) if encoding == "base64" else text.encode()).hex()


def from_json(row):
    return {
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["offset"],
        "timestamp": row["timestamp"],
        "key": bytes_of_json(row["key"], row.get("keyEncoding")),
        "value": bytes_of_json(row["value"], row.get("valueEncoding")),
        "headers": [
            [header["key"], bytes_of_json(header["value"], header.get("valueEncoding"))] for header in row["headers"]
        ],
        "valueObject": row.get("valueObject"),
        "valueSize": row.get("valueSize"),
    }


def from_binary(row):
    timestamp = row["timestamp"]
    if isinstance(timestamp, datetime.datetime):
        timestamp = (timestamp - EPOCH) // datetime.timedelta(milliseconds=1)
    return {
        "topic": row["topic"],
        "partition": row["partition"],
        "offset": row["offset"],
        "timestamp": -1 if timestamp is None else timestamp,
        "key": hex_of(row["key"]),
        "value": hex_of(row["value"]),
        "headers": [[header["key"], hex_of(header["value"])] for header in row["headers"]],
        "valueObject": row.get("valueObject"),
        "valueSize": row.get("valueSize"),
    }


def hex_of(value):
    return None if value is None else bytes(value).hex()


def duckdb_rows(query):
    relation = duckdb.sql(query)
    return (dict(zip(relation.columns, row)) for row in relation.fetchall())


# Types are given, so that no value is taken for a date or a number because it looks like one.
JSON_COLUMNS = """{topic: 'VARCHAR', "partition": 'INTEGER', "offset": 'BIGINT', timestamp: 'BIGINT', key: 'VARCHAR',
  keyEncoding: 'VARCHAR', value: 'VARCHAR', valueEncoding: 'VARCHAR', valueObject: 'VARCHAR', valueSize: 'BIGINT',
  headers: 'STRUCT("key" VARCHAR, "value" VARCHAR, valueEncoding VARCHAR)[]'}"""


def duckdb_json(file, layout):
    return map(from_json, duckdb_rows(f"FROM read_json('{file}', format = '{layout}', columns = {JSON_COLUMNS})"))


def fastavro_records(file):
    with open(file, "rb") as container:
        yield from map(from_binary, fastavro.reader(container))


def raw_lines(file):
    opener = {".gz": gzip.open, ".zst": zstd.open}.get(pathlib.Path(file).suffix, open)
    with opener(file, "rb") as lines:
        yield from (line.hex() for line in lines)


READERS = {
    "Python, raw": raw_lines,
    "DuckDB, json": lambda file: duckdb_json(file, "array"),
    "DuckDB, jsonl": lambda file: duckdb_json(file, "newline_delimited"),
    "DuckDB, parquet": lambda file: map(from_binary, duckdb_rows(f"SELECT * REPLACE (epoch_ms(timestamp) AS timestamp) FROM read_parquet('{file}')")),
    "pyarrow, parquet": lambda file: map(from_binary, pyarrow.parquet.read_table(file).to_pylist()),
    "fastavro, avro": fastavro_records,
}

main(*sys.argv[1:])
