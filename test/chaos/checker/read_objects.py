"""Reads dumped objects without any code of this project: Python's json, gzip and zstd, fastavro and pyarrow.

The input is, for each object, a line of JSON `{"key": …, "size": bytes}` followed by its bytes. The answer is a line of JSON with
the object's rows in their order, `[topic, partition, offset, timestamp, key, value, [[name, value], …]]`, bytes in Base64; or
`{"error": …}` for an object that can't be read.
"""

import base64
import datetime
import gzip
import io
import json
import sys

import fastavro
import pyarrow.parquet
from backports import zstd

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

DECOMPRESS = {"gz": gzip.decompress, "zst": zstd.decompress}


def of_text(text, encoding):
    """As docs/formats.md says."""
    if text is None or encoding == "base64":
        return text
    return base64.b64encode(text.encode()).decode()


def values_text(line):
    """The text of a line's JSON value as it is written: what Python makes of it may be written in other ways."""
    decoder = json.JSONDecoder()
    name, at = None, 0
    while name != "value":
        at = json.decoder.WHITESPACE.match(line, at + 1).end()
        name, at = decoder.raw_decode(line, at)
        begin = line.index(":", at) + 1
        _, at = decoder.raw_decode(line, json.decoder.WHITESPACE.match(line, begin).end())
        at = json.decoder.WHITESPACE.match(line, at).end()
    return line[begin:at]


def of_line(line):
    row = json.loads(line)
    value = row["value"]
    if row.get("valueEncoding") == "json" or not isinstance(value, (str, type(None))):
        row |= {"value": values_text(line), "valueEncoding": None}
    return of_json(row)


def of_json(row):
    headers = [[each["key"], of_text(each["value"], each.get("valueEncoding"))] for each in row.get("headers", [])]
    key = of_text(row["key"], row.get("keyEncoding"))
    value = of_text(row["value"], row.get("valueEncoding"))
    return [row["topic"], row["partition"], row["offset"], row["timestamp"], key, value, headers]


def of_bytes(part):
    return None if part is None else base64.b64encode(part).decode()


def of_binary(row):
    timestamp = row["timestamp"]
    if isinstance(timestamp, datetime.datetime):
        timestamp = (timestamp - EPOCH) // datetime.timedelta(milliseconds=1)
    headers = [[each["key"], of_bytes(each["value"])] for each in row["headers"]]
    key, value = of_bytes(row["key"]), of_bytes(row["value"])
    return [row["topic"], row["partition"], row["offset"], timestamp, key, value, headers]


READERS = {
    "json": lambda body: map(of_json, json.loads(body)),
    "jsonl": lambda body: map(of_line, body.decode().split("\n")[:-1]),
    "avro": lambda body: map(of_binary, fastavro.reader(io.BytesIO(body))),
    "parquet": lambda body: map(of_binary, pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()),
}


def rows(key, body):
    *_, inner, last = ["", *key.rsplit("/", 1)[-1].split(".")]
    if last in DECOMPRESS:
        return list(READERS[inner](DECOMPRESS[last](body)))
    return list(READERS[last](body))


def main():
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        body = sys.stdin.buffer.read(asked["size"])
        try:
            answer = rows(asked["key"], body)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
