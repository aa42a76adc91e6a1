import * as z from 'zod'
import { type Intrinsic, isIntrinsic } from '../../cloudformation/intrinsic.ts'

/** What people read about a key: in the documentation, in an editor's completion, and in messages about a wrong value. */
export interface KeyDescription {
  description: string
  /** Reads after "expected". */
  expected: string
  /** A secret's value never appears in a message. */
  secret?: boolean
  /** What applies when the key is left out, in words. */
  defaultText?: string
  /** The schema of the environment variable that the value becomes, if it becomes one. */
  variable?: z.ZodType
}

interface DescribedKey extends KeyDescription {
  /** Checks the value. */
  schema: z.ZodType
}

/** Not zod's own registry, whose type would copy every schema's type into every key's. */
const registry = new WeakMap<z.ZodType, DescribedKey>()

/** The description of a key; undefined for a group of keys. */
export function describedKey(schema: z.ZodType): DescribedKey | undefined {
  return registry.get(schema)
}

/** A key whose message says what was expected and what was found. An empty or null value counts as left out. */
export function key<Schema extends z.ZodType>(schema: Schema, description: KeyDescription) {
  const { expected, secret } = description
  const described = z
    .unknown()
    .optional()
    .transform((value, context): z.output<Schema> => {
      const result = schema.safeParse(value === '' || value === null ? undefined : value)
      if (result.success) return result.data
      context.addIssue(`expected ${expected}, got ${found(value, result.error, secret)}`)
      return z.NEVER
    })
  registry.set(described, { ...description, schema })
  return described
}

/** A value that CloudFormation may have to look up. */
export function orIntrinsic<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.custom<Intrinsic>(isIntrinsic)])
}

/** The wrong value; within a list or a map, the wrong part. */
function found(value: unknown, { issues }: z.ZodError, secret: boolean | undefined): string {
  const path = issues[0]?.path ?? []
  const part = path.reduce((at, name) => (at as Record<PropertyKey, unknown>)[name], value)
  return path.length > 0 ? `${shown(part, secret)} in it` : shown(value, secret)
}

/**
 * The ARN of an AWS KMS key. An alias is refused: a permission for an alias does not cover its key.
 * Source: AWS KMS Developer Guide, "Use aliases to control access to KMS keys".
 */
export function kmsKeyArn() {
  return orIntrinsic(z.string().regex(/^arn:aws[a-z-]*:kms:[^:]+:[^:]+:key\//))
}

export const KMS_KEY_EXPECTED = 'the ARN of a KMS key, not of an alias'

/** A value, shortened. Text is quoted, so that `"60"` and `60` look different. */
export function shown(value: unknown, secret = false): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  return secret ? 'something else (not shown)' : JSON.stringify(value).slice(0, 100)
}
