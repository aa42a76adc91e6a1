import protobufjs from 'protobufjs'
import { longestName, MeteredReader } from './protobuf-reader.ts'

/** A schema's types. ProtoJSON asks it for the type of each `google.protobuf.Any`, by its full name. */
export class SchemaRoot extends protobufjs.Root {
  /** The types of content that was found. */
  readonly #contents = new Map<string, protobufjs.Type>()
  #longestName = 0

  /** @throws Error that names the type that is missing */
  complete(): void {
    this.resolveAll()
    this.#longestName = longestName(this)
  }

  reader(bytes: Uint8Array): protobufjs.Reader {
    return new MeteredReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), this.#longestName)
  }

  /** The content of an unknown type becomes base64, as `{"@type": "…", "value": "…"}`: it may be of any program's schema. */
  override lookupType(name: string): protobufjs.Type {
    // `lookup` also finds a type whose name only ends like this.
    const type = this.lookup(`.${name}`, protobufjs.Type) as protobufjs.Type | null
    return type?.fullName === `.${name}` ? this.#content(type) : unknownContent()
  }

  /** The type, whose content counts as a part of the value that it is in. */
  #content(type: protobufjs.Type): protobufjs.Type {
    const known = this.#contents.get(type.fullName)
    if (known) return known
    const decode = (value: Uint8Array) => type.decode(this.reader(value))
    const content = Object.assign(Object.create(type), { decode })
    this.#contents.set(type.fullName, content)
    return content
  }
}

let content: protobufjs.Type | undefined

/** A message with the bytes as its value. ProtoJSON writes this message as the base64 of its value. */
function unknownContent(): protobufjs.Type {
  if (content) return content
  const { nested } = protobufjs.common.get('google/protobuf/wrappers.proto') as protobufjs.INamespace
  const type = protobufjs.Root.fromJSON({ nested }).lookupType('google.protobuf.BytesValue')
  content = Object.assign(type, { decode: (value: Uint8Array) => ({ value }) })
  return content
}
