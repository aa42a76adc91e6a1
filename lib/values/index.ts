import type { ValueContent } from '../formats/format.ts'
import type { SchemaRegistrySettings } from '../schema-registry/index.ts'
import type { SchemaFormat } from './schema-decoder.ts'
import type { ValueDecoder } from './value.ts'

interface ValueFormat {
  /** What the values are in the object. */
  content: ValueContent
  /** Whether the values are decoded with schemas of a registry. */
  hasSchemas?: boolean
  /** Absent: the bytes go into the object as they are. */
  loadDecoder?(registry: SchemaRegistrySettings | undefined): Promise<ValueDecoder>
}

/** Every format that values may have, loaded when it is first used. */
const valueFormats = {
  auto: { content: 'bytes' },
  json: { content: 'json', loadDecoder: loadJsonDecoder },
  base64: { content: 'base64' },
  avro: withSchemas(async () => (await import('./avro.ts')).avro),
  protobuf: withSchemas(async () => (await import('./protobuf.ts')).protobuf),
  'json-schema': withSchemas(async () => (await import('./json-schema.ts')).jsonSchema),
} satisfies Record<string, ValueFormat>

export type ValueFormatName = keyof typeof valueFormats
export const valueFormatNames = Object.keys(valueFormats) as ValueFormatName[]

export function contentOf(name: ValueFormatName): ValueContent {
  return valueFormats[name].content
}

/** Whether values of this format need a schema registry. */
export function hasSchemas(name: ValueFormatName): boolean {
  const format: ValueFormat = valueFormats[name]
  return format.hasSchemas ?? false
}

/**
 * Loads the decoder of a format's values with the first call; undefined where they stay as they are.
 *
 * @param registry needed where {@link hasSchemas}
 */
export function decoderOf(
  name: ValueFormatName,
  registry: SchemaRegistrySettings | undefined,
): (() => Promise<ValueDecoder>) | undefined {
  const { loadDecoder }: ValueFormat = valueFormats[name]
  if (!loadDecoder) return undefined
  let decoder: Promise<ValueDecoder> | undefined
  return () => {
    decoder ??= loadDecoder(registry)
    return decoder
  }
}

function withSchemas(loadFormat: () => Promise<SchemaFormat>): ValueFormat {
  return {
    content: 'json',
    hasSchemas: true,
    async loadDecoder(settings) {
      const [format, { createSchemaDecoder }, { createSchemaRegistry }] = await Promise.all([
        loadFormat(),
        import('./schema-decoder.ts'),
        import('../schema-registry/index.ts'),
      ])
      return createSchemaDecoder(format, createSchemaRegistry(settings as SchemaRegistrySettings))
    },
  }
}

async function loadJsonDecoder(): Promise<ValueDecoder> {
  const { decodeJson } = await import('./json.ts')
  return ({ value }) => decodeJson(value)
}
