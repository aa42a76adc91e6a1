"""Runs a query in DuckDB, and prints its rows as lines of JSON.

    run_query.py QUERY
"""

import json
import sys

import duckdb

_, query = sys.argv
for row in duckdb.sql(query).to_arrow_table().to_pylist():
    print(json.dumps(row, default=str))
