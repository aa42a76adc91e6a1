"""Serializes values with Confluent's own client, which registers their schemas, and prints for each a line of JSON: its
format, its bytes in base64, the headers of its record, and the JSON that it stands for.

    serialize_values.py REGISTRY_URL
"""

import base64
import datetime
import decimal
import json
import math
import pathlib
import sys
import tempfile

from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

VALUE = SerializationContext("orders", MessageField.VALUE)
ID_IN_HEADER = {"schema.id.serializer": header_schema_id_serializer}


def main(url):
    client = SchemaRegistryClient({"url": url})
    for cases in (avro_cases, protobuf_cases, json_cases):
        for name, format, value, expected, *headers in cases(client):
            encoded = [{"key": key, "value": base64.b64encode(value).decode()} for key, value in headers]
            value = base64.b64encode(value).decode()
            print(json.dumps({"name": name, "format": format, "value": value, "headers": encoded, "json": expected}))


def with_id_in_header(serializer, value):
    """The value, and the header that Confluent Platform 8 adds in place of a prefix."""
    context = SerializationContext("orders", MessageField.VALUE, headers=[])
    return serializer(value, context), context.headers


ADDRESS = {"type": "record", "name": "Address", "namespace": "com.example", "fields": [{"name": "city", "type": "string"}]}

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "com.example",
    "fields": [
        {"name": "nothing", "type": "null"},
        {"name": "paid", "type": "boolean"},
        {"name": "count", "type": "int"},
        {"name": "id", "type": "long"},
        {"name": "largest", "type": {"type": "long"}},
        {"name": "ratio", "type": "float"},
        {"name": "weight", "type": "double"},
        {"name": "none", "type": "double"},
        {"name": "endless", "type": "float"},
        {"name": "signature", "type": "bytes"},
        {"name": "note", "type": "string"},
        {"name": "status", "type": {"type": "enum", "name": "Status", "symbols": ["OPEN", "SHIPPED"]}},
        {"name": "items", "type": {"type": "array", "items": {"type": "map", "values": "long"}}},
        {"name": "checksum", "type": {"type": "fixed", "name": "Checksum", "size": 2}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}},
        {"name": "refund", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 3}},
        {"name": "created", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        # A default that is wrong by the specification, as many are.
        {"name": "comment", "type": ["null", "string"], "default": "null"},
        {"name": "discount", "type": ["null", "string"], "default": None},
        {"name": "code", "type": ["int", "string"]},
        {"name": "blob", "type": ["null", "string", "bytes"]},
        {"name": "billing", "type": "Address"},
        {"name": "previous", "type": ["null", "Order"]},
    ],
}

ORDER_VALUE = {
    "nothing": None,
    "paid": True,
    "count": -3,
    "id": 42,
    "largest": 2**63 - 1,
    "ratio": 0.5,
    "weight": 1e-300,
    "none": math.nan,
    "endless": -math.inf,
    "signature": b"\x00\xff",
    "note": "Zoë 😀",
    "status": "SHIPPED",
    "items": [{"SKU-1": 1, "SKU-2": 2**53}, {}],
    "checksum": b"\xca\xfe",
    "price": decimal.Decimal("-12.50"),
    "refund": decimal.Decimal("0.005"),
    "created": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    "day": datetime.date(2026, 1, 1),
    "comment": None,
    "discount": "10 %",
    "code": "A1",
    "blob": b"\x01",
    "billing": {"city": "Berlin"},
    "previous": None,
}

ORDER_JSON = {
    **ORDER_VALUE,
    "none": "NaN",
    "endless": "-Infinity",
    "signature": "AP8=",
    "checksum": "yv4=",
    "price": "-12.50",
    "refund": "0.005",
    "created": 1767225600000,
    "day": 20454,
    "blob": {"bytes": "AQ=="},
}


def avro_cases(client):
    client.register_schema("address", Schema(json.dumps(ADDRESS), "AVRO"))
    reference = SchemaReference("com.example.Address", "address", 1)
    serialize = AvroSerializer(client, Schema(json.dumps(ORDER), "AVRO", [reference]))
    yield "a record of every type, with a reference", "avro", serialize(ORDER_VALUE, VALUE), json.dumps(ORDER_JSON)
    nested = {**ORDER_VALUE, "previous": ORDER_VALUE, "code": 7, "blob": None}
    expected = {**ORDER_JSON, "previous": ORDER_JSON, "code": 7, "blob": None}
    yield "a record within itself", "avro", serialize(nested, VALUE), json.dumps(expected)
    for name, schema, value, expected in (
        ("a string", '"string"', "text", '"text"'),
        ("a union", '["null", "long"]', 2**60, str(2**60)),
    ):
        serialize = AvroSerializer(client, schema, conf={"subject.name.strategy": lambda ctx, record, name=name: name})
        yield name, "avro", serialize(value, VALUE), expected
    serialize = AvroSerializer(client, Schema(json.dumps(ORDER), "AVRO", [reference]), conf=ID_IN_HEADER)
    value, headers = with_id_in_header(serialize, ORDER_VALUE)
    yield "a record with its schema's id in a header", "avro", value, json.dumps(ORDER_JSON), *headers


ADDRESS_PROTO = """
syntax = "proto3";
package example;
message Address { string city = 1; }
"""

ORDER_PROTO = """
syntax = "proto3";
package example;
import "example/address.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";

message Unused { string text = 1; }

message Order {
  enum Status { OPEN = 0; SHIPPED = 1; }
  message Empty {}
  message Item {
    string sku = 1;
    int32 quantity = 2;
  }
  int64 order_id = 1;
  uint64 largest = 2;
  Status status = 3;
  repeated Item items = 4;
  map<string, double> prices = 5;
  bytes signature = 6;
  oneof payment {
    string card = 7;
    bool cash = 8;
  }
  optional string comment = 9;
  google.protobuf.Timestamp created = 10;
  google.protobuf.Duration took = 11;
  google.protobuf.Struct attributes = 12;
  google.protobuf.Int64Value discount = 13;
  example.Address billing = 14;
  float ratio = 15;
  string renamed = 16 [json_name = "otherwise"];
  repeated int32 counts = 17;
}
"""


def protobuf_types():
    """The messages of these files, as Google's compiler and library understand them."""
    with tempfile.TemporaryDirectory() as folder:
        directory = pathlib.Path(folder, "example")
        directory.mkdir()
        (directory / "address.proto").write_text(ADDRESS_PROTO)
        (directory / "order.proto").write_text(ORDER_PROTO)
        include = str(pathlib.Path(protoc.__file__).parent / "_proto")
        output = f"{folder}/set"
        arguments = ["protoc", f"-I{folder}", f"-I{include}", "--include_imports", f"--descriptor_set_out={output}"]
        if protoc.main([*arguments, "example/order.proto"]) != 0:
            raise RuntimeError("protoc failed")
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(output).read_bytes())
    pool = descriptor_pool.Default()
    for file in files.file:
        try:
            pool.FindFileByName(file.name)
        except KeyError:
            pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"example.{name}"))
        for name in ("Order", "Order.Item", "Unused")
    }


def protobuf_cases(client):
    types = protobuf_types()
    order = json_format.ParseDict(
        {
            "orderId": str(-(2**60)),
            "largest": str(2**64 - 1),
            "status": "SHIPPED",
            "items": [{"sku": "SKU-1", "quantity": 2}, {}],
            "prices": {"SKU-1": 12.5, "": "NaN"},
            "signature": "AP8=",
            "cash": False,
            "comment": "",
            "created": "2026-01-01T00:00:00.123Z",
            "took": "1.500s",
            "attributes": {"a": [1, None, {"b": True}], "text": "größe"},
            "discount": "7",
            "billing": {"city": "Berlin"},
            "ratio": 0.5,
            "otherwise": "x",
            "counts": [1, 2, 3],
        },
        types["Order"](),
    )
    messages = {
        "a message of every type": order,
        "a message of nothing": types["Order"](),
        "a message within another one": types["Order.Item"](sku="SKU-2"),
        "the first message of the file": types["Unused"](text="x"),
    }
    client.register_schema("address-text", Schema(ADDRESS_PROTO, "PROTOBUF"))
    references = [SchemaReference("example/address.proto", "address-text", 1)]
    text_id = client.register_schema("order-text", Schema(ORDER_PROTO, "PROTOBUF", references))
    for name, message in messages.items():
        serialize = ProtobufSerializer(type(message), client, {"use.deprecated.format": False})
        value = serialize(message, VALUE)
        expected = json_format.MessageToJson(message)
        yield f"{name}, its schema a descriptor", "protobuf", value, expected
        yield f"{name}, its schema text", "protobuf", value[:1] + text_id.to_bytes(4, "big") + value[5:], expected
        serialize = ProtobufSerializer(type(message), client, {"use.deprecated.format": False, **ID_IN_HEADER})
        value, headers = with_id_in_header(serialize, message)
        yield f"{name}, its schema's id in a header", "protobuf", value, expected, *headers


def json_cases(client):
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Order", "type": "object"}
    serialize = JSONSerializer(json.dumps(schema), client)
    value = {"orderId": 2**70, "note": "größe", "nothing": None}
    yield "an object", "json-schema", serialize(value, VALUE), json.dumps(value)
    serialize = JSONSerializer(json.dumps(schema), client, conf=ID_IN_HEADER)
    bytes, headers = with_id_in_header(serialize, value)
    yield "an object with its schema's id in a header", "json-schema", bytes, json.dumps(value), *headers


main(*sys.argv[1:])
