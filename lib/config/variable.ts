import * as z from 'zod'
import { parseJson } from '../parse-json.ts'
import { repairPem } from '../pem.ts'
import { joinPatterns, splitPatterns, wholeName } from '../replication/naming/name-pattern.ts'

/** What people read about an environment variable, in the documentation's tables and in errors. */
export interface VariableDescription {
  description: string
  /** Reads after "expected". */
  expected: string
  /** A secret's value never appears in an error, and may be kept elsewhere: see `readWithSecrets`. */
  secret?: boolean
  /** Whether it may be kept with a secret, as a user name is with its password. */
  besideSecret?: boolean
  /** Whether the field that a reference names may be missing from the secret; the variable is then unset. */
  optionalField?: boolean
  /** A list as the variable's text; absent: its parts with commas. */
  joined?(parts: string[]): string
  /** The platform's variable that is used when this one is not set. */
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

/** Whether a variable may be a reference to where its value is kept. */
export function isReferable({ secret, besideSecret }: VariableDescription): boolean {
  return secret === true || besideSecret === true
}

/** The default of a variable, as text; undefined when it has none or an empty one. */
export function defaultOf(schema: z.ZodType): string | undefined {
  const hasDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
  return hasDefault && schema.def.defaultValue !== '' ? `${schema.def.defaultValue}` : undefined
}

/** `true` or `false`, as a boolean. */
export const flag = () => z.enum(['true', 'false']).transform(value => value === 'true')

/** The URL of a server. A login in the URL is refused: it would be shown or ignored, and has its own variables. */
export const httpUrl = () =>
  z.url({ protocol: /^https?$/, hostname: /^[^,]+$/ }).refine(text => {
    const url = URL.parse(text)
    return url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  })

/** A whole number within a range. */
export const wholeNumber = (least: number, most: number) =>
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(least).max(most))

/** Replicas of a topic; -1 for the broker's default. */
export const replicaCount = () =>
  z
    .string()
    .regex(/^(-1|[1-9]\d{0,4})$/)
    .transform(Number)
    .pipe(z.number().max(32_767))

/** PEM text, restored if it lost its line breaks. */
export const pem = (kind: RegExp) => notation(repairPem).pipe(z.string().regex(kind))

/** A topic's name that Kafka allows. Source: Apache Kafka, `org.apache.kafka.common.internals.Topic`. */
export const topicName = () => z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/)
export const TOPIC_NAME_EXPECTED = '1 to 249 letters, digits, dots, hyphens or underscores'

/** Text in a notation that `read` parses; `read` returns undefined for invalid text. */
export const notation = <Meaning>(read: (text: string) => Meaning | undefined) =>
  z.string().transform((text, context): Meaning => {
    const meaning = read(text)
    if (meaning !== undefined) return meaning
    context.addIssue('not in the notation')
    return z.NEVER
  })

/** A list of regular expressions, each for a whole name. */
export const patterns = () =>
  z
    .string()
    .transform(splitPatterns)
    .refine(list => list.every(isPattern))

/** What is said of a list of regular expressions. */
export const patternsDescription = { expected: 'regular expressions, separated by commas', joined: joinPatterns }

/** Whether a text is a regular expression for whole names. */
export function isPattern(text: string): boolean {
  try {
    return text !== '' && wholeName(text) !== undefined
  } catch {
    return false
  }
}

/** JSON text, parsed. */
export const json = () => notation<unknown>(parseJson)
