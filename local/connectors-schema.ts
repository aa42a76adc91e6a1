import * as z from 'zod'
import { descriptionOf, isReferable } from '../lib/config/variable.ts'
import { declarationSchemas } from '../lib/connectors/declaration/declaration.ts'
import { describedKey } from '../lib/connectors/declaration/key.ts'
import { CONNECTOR_NAME } from '../lib/connectors/reader.ts'
import { referenceKinds } from '../lib/secrets/reference.ts'

type JsonSchema = Record<string, unknown>

/** The file that editors complete and check connectors with, from the project's folder. */
export const SCHEMA_FILE = 'connectors.schema.json'

/** A variable of the framework, such as `${env:BUCKET}`, may stand anywhere. */
const frameworkVariable = { type: 'string', pattern: '\\$\\{' }

/** `!Ref`, `!GetAtt` and the like, as an editor sees them. */
const intrinsic = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  patternProperties: { '^(Ref|Fn::)': {} },
}

const variableReference = { $ref: '#/definitions/variable' }
const intrinsicReference = { $ref: '#/definitions/intrinsic' }

/** `{ secret: <ARN>#<field> }` or `{ parameter: <name> }`, for a value that is kept elsewhere. */
const secret = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(referenceKinds).map(([kind, { pattern }]) => [
      kind,
      // ECMA 262 without names of groups, as other readers of patterns have it.
      { anyOf: [{ type: 'string', pattern: pattern.source.replaceAll(/\?<\w+>/g, '') }, variableReference] },
    ]),
  ),
}

/** JSON schema for a file of connectors, and for a serverless.yml that has them under `custom.connectors`. */
export function connectorsSchema(): string {
  const connector = {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: Object.keys(declarationSchemas) } },
    allOf: Object.entries(declarationSchemas).map(([type, schema]) => ({
      if: { properties: { type: { const: type } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: schemaOf(schema),
    })),
  }
  const connectors = {
    type: 'object',
    propertyNames: { pattern: CONNECTOR_NAME.source },
    additionalProperties: connector,
  }
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Connectors',
    if: { required: ['service', 'provider'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { custom: { properties: { connectors: { $ref: '#/definitions/connectors' } } } } },
    else: { $ref: '#/definitions/connectors' },
    definitions: { connectors, variable: frameworkVariable, secret, intrinsic },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

function schemaOf(schema: z.ZodType): JsonSchema {
  const inner = schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema
  if (inner instanceof z.ZodObject) {
    const properties = Object.entries(inner.shape as Record<string, z.ZodType>)
    return {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(properties.map(([name, value]) => [name, schemaOf(value)])),
    }
  }
  if (inner instanceof z.ZodLiteral) return { const: inner.value }
  const { description, expected, defaultText, schema: value, variable } = described(inner)
  const fits = variable ? variableSchema(variable) : jsonSchema(value, 'input')
  return {
    description: `${description} Expected: ${expected}.${defaultText ? ` Otherwise: ${defaultText}.` : ''}`,
    anyOf: [
      fits,
      ...(variable && isReferable(descriptionOf(variable)) ? [{ $ref: '#/definitions/secret' }] : []),
      variableReference,
      intrinsicReference,
    ],
  }
}

function described(schema: z.ZodType) {
  const key = describedKey(schema)
  if (!key) throw new Error('Every key is declared with key()')
  return key
}

/** The JSON values that a variable's text may be written as: `true` for "true", a number for digits, anything for structured text. */
function variableSchema(variable: z.ZodType): JsonSchema {
  const text = jsonSchema(variable, 'input')
  if (Array.isArray(text.enum)) return text.enum.includes('true') ? { type: 'boolean' } : { enum: text.enum }
  const { type, minimum, maximum } = jsonSchema(variable, 'output')
  if (type === 'number') return { type: 'integer', minimum, maximum }
  return type === 'string' ? { type: 'string', pattern: text.pattern } : {}
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-7', override })
  return json
}

/** Allows the framework's variables and CloudFormation's functions in place of texts within lists and maps too. */
function override({ zodSchema, jsonSchema, path }: OverriddenSchema) {
  if (zodSchema instanceof z.ZodCustom) jsonSchema.$ref = intrinsicReference.$ref
  if (!path.includes('items') || jsonSchema.type !== 'string') return
  const text = { ...jsonSchema }
  for (const name of Object.keys(jsonSchema)) delete jsonSchema[name]
  jsonSchema.anyOf = [text, variableReference]
}

type OverriddenSchema = Parameters<NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>>[0]
