import type { ValueContent } from '../formats/format.ts'
import type { SchemaRegistrySettings } from '../schema-registry/index.ts'
import type { SchemaFormat } from './schema-decoder.ts'
import type { ValueDecoder } from './value.ts'

/** What a format of values is. Settings, checks and the documentation ask these facts and never the format's name. */
interface ValueFormat {
  /** How objects contain the values. */
  content: ValueContent
  /** Whether decoding needs schemas of a registry. */
  hasSchemas: boolean
  /** Absent: the object holds the bytes unchanged. */
  loadDecoder?(registry: SchemaRegistrySettings | undefined): Promise<ValueDecoder>
}

/** Every format of values by its name in settings. Decoders are loaded on first use, so a cold start doesn't pay for them. */
const register = {
  auto: { content: 'bytes', hasSchemas: false },
  json: { content: 'json', hasSchemas: false, loadDecoder: loadJsonDecoder },
  base64: { content: 'base64', hasSchemas: false },
  avro: withSchemas(async () => (await import('./avro.ts')).avro),
  protobuf: withSchemas(async () => (await import('./protobuf.ts')).protobuf),
  'json-schema': withSchemas(async () => (await import('./json-schema.ts')).jsonSchema),
} satisfies Record<string, ValueFormat>

export type ValueFormatName = keyof typeof register
export const valueFormats: Record<ValueFormatName, ValueFormat> = register
export const valueFormatNames = Object.keys(valueFormats) as ValueFormatName[]

/**
 * Returns a function that loads a format's decoder on its first call; undefined when values stay unchanged.
 *
 * @param registry required for formats with schemas
 */
export function decoderOf(
  name: ValueFormatName,
  registry: SchemaRegistrySettings | undefined,
): (() => Promise<ValueDecoder>) | undefined {
  const { loadDecoder } = valueFormats[name]
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
