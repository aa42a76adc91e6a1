"""Runs a query in DuckDB, and prints each row as a line of JSON with its bytes in hex.

    read_duckdb.py QUERY
"""

import datetime
import json
import sys

import duckdb

EPOCH = datetime.datetime(1970, 1, 1)


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if isinstance(value, datetime.datetime):
        return (value.replace(tzinfo=None) - EPOCH) // datetime.timedelta(milliseconds=1)
    raise TypeError(type(value))


_, query = sys.argv
duckdb.sql("SET TimeZone = 'UTC'")
for row in duckdb.sql(query).to_arrow_table().to_pylist():
    print(json.dumps(row, default=plain))
