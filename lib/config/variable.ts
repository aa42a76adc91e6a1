import { z } from 'zod'
import { wholeName } from '../replication/naming/name-pattern.ts'

/** What people read of an environment variable, in the README's table and in the error of a wrong configuration. */
export interface VariableDescription {
  description: string
  /** Fits behind "expected". */
  expected: string
  /** A secret's value never appears in an error, and may be kept elsewhere: see `readWithSecrets`. */
  secret?: boolean
  /** Whether it may be kept beside a secret, as a user name is beside its password. */
  besideSecret?: boolean
  /** Whether a secret may lack the field that a reference names, which is then as if the variable were not set. */
  optionalField?: boolean
  /** The variable of the platform that stands in when this one is not set. */
  fallback?: string
}

const registry = z.registry<VariableDescription>()

/** Describes a schema that reads one environment variable. Its errors say only what was expected. */
export function variable<Schema extends z.ZodType>(schema: Schema, description: VariableDescription): Schema {
  registry.add(schema, description)
  return schema
}

export function descriptionOf(schema: z.ZodType): VariableDescription {
  const description = registry.get(schema)
  if (!description) throw new Error('Every variable is declared with variable()')
  return description
}

/** Whether a variable may be given as a reference to where its value is kept. */
export function isReferable({ secret, besideSecret }: VariableDescription): boolean {
  return secret === true || besideSecret === true
}

/** What a variable is when it is not set, as text; undefined when it has no default, or an empty one. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const hasDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return hasDefault && schema.def.defaultValue !== '' ? `${schema.def.defaultValue}` : undefined
}

/** `true` or `false`, as a boolean. */
export const flag = () => z.enum(['true', 'false']).transform(value => value === 'true')

/** The URL of a server. A login has variables of its own; within a URL it would be shown, or ignored. */
export const httpUrl = () =>
  z.url({ protocol: /^https?$/, hostname: /^[^,]+$/ }).refine(text => {
    const url = URL.parse(text)
    return url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  })

/** A whole number of the range. */
export const wholeNumber = (least: number, most: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(least).max(most))

/** Replicas of a topic; -1 for the broker's default. */
export const replicaCount = () =>
  z
    .string()
    .regex(/^(-1|[1-9]\d{0,4})$/)
    .transform(Number)
    .pipe(z.number().max(32_767))

/** PEM text; in one-line form, as some platforms need it, with `\n` for its line breaks. */
export const pem = (kind: RegExp) =>
  z
    .string()
    .transform(value => value.replaceAll('\\n', '\n'))
    .pipe(z.string().regex(kind))

/** A topic's name as Kafka allows it. Source: Apache Kafka, `org.apache.kafka.common.internals.Topic`. */
export const topicName = () => z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/)
export const TOPIC_NAME_EXPECTED = '1 to 249 letters, digits, dots, hyphens or underscores'

/** Text in a notation of its own, as what its reader makes of it; the reader gives undefined for text that is wrong. */
export const notation = <Meaning>(read: (text: string) => Meaning | undefined) =>
  z.string().transform((text, context): Meaning => {
    const meaning = read(text)
    if (meaning !== undefined) return meaning
    context.addIssue('not of the notation')
    return z.NEVER
  })

/** A list of regular expressions, each for a whole name. */
export const patterns = () =>
  z
    .string()
    .transform(text => text.split(',').map(pattern => pattern.trim()))
    .refine(list => list.every(isPattern))
export const PATTERNS_EXPECTED = 'regular expressions, separated by commas'

function isPattern(text: string): boolean {
  try {
    return text !== '' && wholeName(text) !== undefined
  } catch {
    return false
  }
}

/** A JSON text as its value. */
export const json = () => notation<unknown>(parseJson)

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
