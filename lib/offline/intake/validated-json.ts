import { Ajv, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import AjvDraft04 from 'ajv-draft-04'
import type { Schema } from '../../schema-registry/schema-registry.ts'
import { decodeJson } from '../../values/json.ts'
import type { SchemaFormat } from '../../values/schema-decoder.ts'

/** JSON that follows the id of its schema, validated against the schema. `format` is an annotation, as JSON Schema has it. */
export const validatedJson: SchemaFormat = {
  type: 'JSON',
  compile(schema) {
    const validate = compile(schema)
    return bytes => {
      const json = decodeJson(bytes)
      if (!validate(JSON.parse(json.toString()))) throw new Error('The value does not match its schema.')
      return json
    }
  },
}

/** Registries take keywords of their own users, such as Kafka Connect's `connect.type`: what is unknown is left out. */
const OPTIONS: Options = { strict: false, validateSchema: false, validateFormats: false, logger: false }

/** By a part of the name of the dialect, which is the URI in `$schema`. Drafts 6 and 7 are validated alike. */
const dialects: [name: string, create: () => Ajv][] = [
  ['draft-04', () => new AjvDraft04.default(OPTIONS)],
  ['draft-06', () => new Ajv(OPTIONS)],
  ['draft-07', () => new Ajv(OPTIONS)],
  ['2019-09', () => new Ajv2019(OPTIONS)],
  ['2020-12', () => new Ajv2020(OPTIONS)],
]

/** What Confluent's serializers write where a schema doesn't say. */
const USUAL_DIALECT = 'draft-07'

function compile({ definition, references }: Schema): (value: unknown) => boolean {
  const root = JSON.parse(definition)
  const { $schema = USUAL_DIALECT } = Object(root)
  const dialect = dialects.find(([name]) => String($schema).includes(name))
  if (!dialect) throw new Error(`its dialect ${$schema} is not known`)
  const ajv = dialect[1]()
  for (const { name, definition } of references) {
    const schema = JSON.parse(definition)
    const own = idOf(schema)
    if (own) ajv.addSchema(schema)
    const uris = new Set([name, resolved(name, idOf(root))])
    for (const uri of uris) if (uri !== own) ajv.addSchema(schema, uri)
  }
  return ajv.compile<unknown>(root)
}

/** Draft 4 has another keyword for it. */
function idOf(schema: { $id?: string; id?: string } | boolean): string | undefined {
  return typeof schema === 'object' ? (schema.$id ?? schema.id) : undefined
}

/** The URI by which a `$ref` of the schema with this base finds what it calls by this name. */
function resolved(name: string, base: string | undefined): string {
  return URL.parse(name, base)?.href ?? name
}
