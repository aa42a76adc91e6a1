"""Writes objects of 1,000 records as other people's writers do, in several gzip members, zstd frames, blocks and row groups.

    write_objects.py FOLDER
"""

import gzip
import hashlib
import json
import pathlib
import struct
import sys

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
from backports import zstd

FOLDER = pathlib.Path(sys.argv[1])

RECORDS = [
    {
        "topic": "orders",
        "partition": 3,
        "offset": index,
        "timestamp": 1767225600000 + index,
        "key": f"key-{index % 7}",
        "value": None if index % 10 == 0 else f'{{"größe":{index}}}',
        "headers": [{"key": "h", "value": f"{number}"} for number in range(index % 3)],
    }
    for index in range(1000)
]
PARTS = [RECORDS[start : start + 150] for start in range(0, len(RECORDS), 150)]


def main():
    lines = ["".join(json.dumps(record) + "\n" for record in part).encode() for part in PARTS]
    elements = [", ".join(json.dumps(record, indent=1) for record in part).encode() for part in PARTS]
    array = [b"[\n", *[piece for part in elements for piece in (part, b" , ")][:-1], b"\n]\n"]
    for name, parts in {"jsonl": lines, "json": array}.items():
        (FOLDER / f"several.{name}").write_bytes(b"".join(parts))
        (FOLDER / f"several.{name}.gz").write_bytes(b"".join(map(gzip.compress, parts)))
        (FOLDER / f"several.{name}.zst").write_bytes(b"".join(map(zstd_frame, range(len(parts)), parts)))
    for codec in ("null", "deflate", "zstandard"):
        with open(FOLDER / f"{codec}.avro", "wb") as file:
            fastavro.writer(file, AVRO_SCHEMA, map(in_bytes, RECORDS), codec=codec, sync_interval=5000)
    table = pa.Table.from_pylist(list(map(in_bytes, RECORDS)), PARQUET_SCHEMA)
    for codec in ("none", "gzip", "zstd"):
        for version in ("1.0", "2.0"):
            pq.write_table(table, FOLDER / f"{codec}-{version}.parquet", row_group_size=300, compression=codec,
                           data_page_size=1000, write_batch_size=50, data_page_version=version)
    # Several megabytes in one row group, whose columns have pages of different rows.
    large = pa.Table.from_pylist([{**in_bytes(record), "value": noise(record)} for record in RECORDS], PARQUET_SCHEMA)
    for version in ("1.0", "2.0"):
        pq.write_table(large, FOLDER / f"large-{version}.parquet", compression="none", data_page_size=1000,
                       write_batch_size=30, data_page_version=version, use_dictionary=False)


def noise(record):
    return hashlib.shake_256(str(record["offset"]).encode()).digest(5000)


def zstd_frame(index, part):
    """With and without a checksum, and with a skippable frame before every second one."""
    frame = zstd.compress(part, options={zstd.CompressionParameter.checksum_flag: index % 2})
    skippable = struct.pack("<II", 0x184D2A50 + index % 16, 5) + b"\xfd/\xb5(\0"
    return skippable + frame if index % 2 else frame


def in_bytes(record):
    def encoded(text):
        return None if text is None else text.encode()

    headers = [{"key": header["key"], "value": encoded(header["value"])} for header in record["headers"]]
    return {**record, "key": encoded(record["key"]), "value": encoded(record["value"]), "headers": headers}


AVRO_SCHEMA = {
    "type": "record",
    "name": "KafkaRecord",
    "fields": [
        {"name": "topic", "type": "string"},
        {"name": "partition", "type": "int"},
        {"name": "offset", "type": "long"},
        {"name": "timestamp", "type": ["null", "long"]},
        {"name": "key", "type": ["null", "bytes"]},
        {"name": "value", "type": ["null", "bytes"]},
        {"name": "headers", "type": {"type": "array", "items": {"type": "record", "name": "Header", "fields": [
            {"name": "key", "type": "string"}, {"name": "value", "type": ["null", "bytes"]}]}}},
    ],
}

PARQUET_SCHEMA = pa.schema([
    ("topic", pa.string()),
    ("partition", pa.int32()),
    ("offset", pa.int64()),
    ("timestamp", pa.timestamp("ms", "UTC")),
    ("key", pa.binary()),
    ("value", pa.binary()),
    ("headers", pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))),
])

main()
