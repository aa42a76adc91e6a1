import protobufjs from 'protobufjs'

/** A schema's types. ProtoJSON asks it for the type of each `google.protobuf.Any`, by its full name. */
export class SchemaRoot extends protobufjs.Root {
  /** The content of an unknown type becomes base64, as `{"@type": "…", "value": "…"}`: it may be of any program's schema. */
  override lookupType(name: string): protobufjs.Type {
    // `lookup` also finds a type whose name only ends like this.
    const type = this.lookup(`.${name}`, protobufjs.Type) as protobufjs.Type | null
    return type?.fullName === `.${name}` ? type : unknownContent()
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
