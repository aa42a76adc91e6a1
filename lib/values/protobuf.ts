import protobufjs from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import protojson from 'protobufjs/ext/protojson.js'
import type { SchemaRegistry } from '../schema-registry/schema-registry.ts'
import { SchemaRoot } from './protobuf-any.ts'
import { DESCRIPTOR, knownNamespace, knownTexts } from './protobuf-known-files.ts'
import { MeteredReader } from './protobuf-reader.ts'
import type { SchemaFormat } from './schema-decoder.ts'
import { jsonTooLarge, NoJsonError } from './value-error.ts'

/** Decodes Protocol Buffers to their standard JSON. Source: Protocol Buffers documentation, "ProtoJSON Format". */
export const protobuf: SchemaFormat = {
  type: 'PROTOBUF',
  compile({ definition, references }, { messageIndex }) {
    const files = new Files()
    for (const reference of references) files.add(reference.name, reference.definition)
    const messages = files.add('', definition)
    files.complete()
    const readType = typeReaders[messageIndex](messages)
    return (bytes, limit) => {
      const reader = files.read(bytes)
      const type = readType(reader)
      const json = Buffer.from(jsonOf(type, type.decode(reader)))
      if (json.length > limit) throw jsonTooLarge(limit)
      return json
    }
  },
}

/**
 * What ProtoJSON can't express: a time before the year 1 or after 9999, a duration of more than 10,000 years, a
 * `google.protobuf.Value` that is no finite number. The library's message names the type, and not the value.
 */
const INEXPRESSIBLE = /^google\.protobuf\.(Timestamp|Duration|Value) /

function jsonOf(type: protobufjs.Type, message: protobufjs.Message): string {
  try {
    return protojson.toJsonString(type, message)
  } catch (error) {
    const { message: why } = error as Error
    throw INEXPRESSIBLE.test(why) ? new NoJsonError(why) : error
  }
}

/** A schema's file with everything that it imports. */
class Files {
  readonly #root = new SchemaRoot()
  readonly #added = new Set<string>()

  /** Adds a file and returns its top-level messages, in the file's order. */
  add(path: string, definition: string): protobufjs.Type[] {
    this.#added.add(path)
    return BASE64.test(definition) ? this.#addDescriptor(definition) : this.#addText(path, definition)
  }

  /**
   * Checks that all types are there, when all files are added.
   *
   * @throws Error that names what is missing
   */
  complete() {
    this.#root.complete()
  }

  /** Begins to read a value. */
  read(bytes: Buffer): protobufjs.Reader {
    MeteredReader.begin()
    return this.#root.reader(bytes)
  }

  #addText(path: string, definition: string): protobufjs.Type[] {
    Object.assign(protobufjs.parse, { filename: path })
    const { imports, weakImports } = protobufjs.parse(definition, this.#root)
    for (const path of [...(imports ?? []), ...(weakImports ?? [])]) this.#import(path)
    // Options are extensions. Some schemas declare them without an import, which counted on another file's.
    if (/\bextend\b/.test(definition)) this.#import(DESCRIPTOR)
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
    const extensions = (file.extension ?? []).map(extension => protobufjs.Field.fromDescriptor(extension, context))
    for (const object of [...types, ...enums, ...extensions]) namespace.add(object)
    return types
  }

  #import(path: string) {
    if (this.#added.has(path)) return
    this.#added.add(path)
    const nested = knownNamespace(path)
    if (knownTexts[path] !== undefined) this.add(path, knownTexts[path])
    else if (nested) this.#root.addJSON(nested)
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
