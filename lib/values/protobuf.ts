import protobufjs from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import protojson from 'protobufjs/ext/protojson.js'
import type { SchemaRegistry } from '../schema-registry/schema-registry.ts'
import type { SchemaFormat } from './schema-decoder.ts'

/** Decodes Protocol Buffers to their standard JSON. Source: Protocol Buffers documentation, "ProtoJSON Format". */
export const protobuf: SchemaFormat = {
  type: 'PROTOBUF',
  compile({ definition, references }, { messageIndex }) {
    const files = new Files()
    for (const reference of references) files.add(reference.name, reference.definition)
    const messages = files.add('', definition)
    const readType = typeReaders[messageIndex](messages)
    return bytes => {
      const reader = protobufjs.Reader.create(bytes)
      const type = readType(reader)
      return protojson.toJsonString(type, type.decode(reader))
    }
  },
}

/** Files that schemas import without a registered reference, except those of google/protobuf, which the library includes. */
const knownFiles: Record<string, string> = {
  'confluent/meta.proto': 'syntax = "proto3"; package confluent;',
  'confluent/type/decimal.proto':
    'syntax = "proto3"; package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }',
  'google/type/date.proto':
    'syntax = "proto3"; package google.type; message Date { int32 year = 1; int32 month = 2; int32 day = 3; }',
  'google/type/decimal.proto': 'syntax = "proto3"; package google.type; message Decimal { string value = 1; }',
  'google/type/latlng.proto':
    'syntax = "proto3"; package google.type; message LatLng { double latitude = 1; double longitude = 2; }',
  'google/type/money.proto':
    'syntax = "proto3"; package google.type; message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }',
  'google/type/timeofday.proto':
    'syntax = "proto3"; package google.type; ' +
    'message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }',
}

/** A schema's file with everything that it imports. */
class Files {
  readonly #root = new protobufjs.Root()
  readonly #added = new Set<string>()

  /** Adds a file and returns its top-level messages, in the file's order. */
  add(path: string, definition: string): protobufjs.Type[] {
    this.#added.add(path)
    return BASE64.test(definition) ? this.#addDescriptor(definition) : this.#addText(path, definition)
  }

  #addText(path: string, definition: string): protobufjs.Type[] {
    Object.assign(protobufjs.parse, { filename: path })
    const { imports = [] } = protobufjs.parse(definition, this.#root)
    for (const path of imports) this.#import(path)
    return messagesOf(this.#root, path)
  }

  #addDescriptor(definition: string): protobufjs.Type[] {
    const bytes = Buffer.from(definition, 'base64')
    const file = descriptor.FileDescriptorProto.decode(bytes) as descriptor.IFileDescriptorProto
    for (const path of file.dependency ?? []) this.#import(path)
    const { features } = (file.options ?? {}) as descriptor.IDescriptorContext
    const context = { edition: editionOf(file), features }
    const types = (file.messageType ?? []).map(message => protobufjs.Type.fromDescriptor(message, context))
    const enums = (file.enumType ?? []).map(enumType => protobufjs.Enum.fromDescriptor(enumType, context))
    const namespace = file.package ? this.#root.define(file.package) : this.#root
    for (const object of [...types, ...enums]) namespace.add(object)
    return types
  }

  #import(path: string) {
    if (this.#added.has(path)) return
    const common = protobufjs.common.get(path)
    if (knownFiles[path] !== undefined) this.add(path, knownFiles[path])
    else if (common?.nested) this.#root.addJSON(common.nested)
    this.#added.add(path)
  }
}

/** Matches a compiled file (`FileDescriptorProto`), which many clients register in place of text and some registries return. */
const BASE64 = /^[A-Za-z0-9+/]+=*$/

/** Source: Protocol Buffers, descriptor.proto, `Edition`. */
const editions: Record<number, string> = { 1000: '2023', 1001: '2024' }

function editionOf({ syntax, edition }: descriptor.IFileDescriptorProto): string {
  return syntax === 'editions' ? (editions[edition as number] ?? '2024') : syntax || 'proto2'
}

/** The messages of one file, in its order; other files may have added to the same package. */
function messagesOf(namespace: protobufjs.NamespaceBase, path: string): protobufjs.Type[] {
  return namespace.nestedArray.flatMap(object => {
    if (object instanceof protobufjs.Type) return object.filename === path ? [object] : []
    return object instanceof protobufjs.Namespace ? messagesOf(object, path) : []
  })
}

const nestedIn = (type: protobufjs.Type) => type.nestedArray.filter(object => object instanceof protobufjs.Type)

/** Reads from the beginning of a payload which message of the file follows. */
type TypeReader = (reader: protobufjs.Reader) => protobufjs.Type

const typeReaders: Record<SchemaRegistry['messageIndex'], (messages: protobufjs.Type[]) => TypeReader> = {
  /**
   * The path from the top of the file: the number of indexes, then each index, zigzag-encoded; 0 for the first message.
   * Source: Confluent documentation, "Wire format", Protobuf.
   */
  confluent: messages => reader => {
    const length = reader.sint32()
    let type = messages[length === 0 ? 0 : reader.sint32()]
    for (let depth = 1; depth < length && type; depth++) type = nestedIn(type)[reader.sint32()]
    return found(type)
  },
  /**
   * One index into all messages, sorted by their full names. Source: AWS Glue Schema Registry library for Java,
   * `MessageIndexFinder`.
   */
  glue: messages => {
    const types = messages.flatMap(withNested).toSorted((one, other) => (one.name < other.name ? -1 : 1))
    return reader => found(types[reader.uint32()]?.type)
  },
}

function found(type: protobufjs.Type | undefined): protobufjs.Type {
  if (!type) throw new Error('no such message')
  return type
}

/** A message and those nested in it. Maps count as well: Protobuf represents their entries as a message. */
function withNested(type: protobufjs.Type): { name: string; type?: protobufjs.Type }[] {
  const maps = type.fieldsArray.filter(field => field instanceof protobufjs.MapField)
  const entries = maps.map(({ name }) => ({ name: `${type.fullName}.${name[0]?.toUpperCase()}${name.slice(1)}Entry` }))
  return [{ name: type.fullName, type }, ...entries, ...nestedIn(type).flatMap(withNested)]
}
