"""Times queries of DuckDB over folders of Parquet files. Reads from its input a JSON object with `folders` and `queries` (SQL
with FOLDER for the files), both by name, and `rounds`; prints a JSON object with seconds by folder and query, and what the
queries answered. Folders take turns, so that drift of the machine meets them all.
"""

import json
import statistics
import sys
import time

import duckdb

task = json.load(sys.stdin)
seconds = {folder: {query: [] for query in task["queries"]} for folder in task["folders"]}
answers = {}
for _ in range(task["rounds"] + 1):
    for query, sql in task["queries"].items():
        for folder, files in task["folders"].items():
            start = time.perf_counter()
            answer = duckdb.sql(sql.replace("FOLDER", f"read_parquet('{files}/**/*.parquet', hive_partitioning = false)")).fetchall()
            seconds[folder][query].append(time.perf_counter() - start)
            answers.setdefault(query, set()).add(str(answer))
# The first round warms the file cache up.
medians = {folder: {query: statistics.median(times[1:]) for query, times in queries.items()} for folder, queries in seconds.items()}
print(json.dumps({"seconds": medians, "answers": {query: sorted(found) for query, found in answers.items()}}))
