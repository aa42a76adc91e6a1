import { z } from 'zod'
import { type Intrinsic, isIntrinsic } from '../../cloudformation/intrinsic.ts'

/** What people read of a key: in the table of keys, in an editor's completion, and in the message about a wrong one. */
export interface KeyDescription {
  description: string
  /** Fits behind "expected". */
  expected: string
  /** A secret's value never appears in a message. */
  secret?: boolean
  /** What holds when the key is left out, in words. */
  defaultText?: string
  /** The schema of the text that the value becomes in an environment variable, when it becomes one. */
  variable?: z.ZodType
}

interface DescribedKey extends KeyDescription {
  /** What a value has to be. */
  schema: z.ZodType
}

/** Not zod's own registry: its type would copy that of every schema into that of every key. */
const registry = new WeakMap<z.ZodType, DescribedKey>()

/** The description of a key; undefined for one that has keys of its own. */
export function describedKey(schema: z.ZodType): DescribedKey | undefined {
  return registry.get(schema)
}

/** A key whose message says what was expected and what was found. What is empty or null counts as left out. */
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

/** A key for something that CloudFormation may have to look up. */
export function orIntrinsic<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.custom<Intrinsic>(isIntrinsic)])
}

/** What is wrong: of a list or a map the part that is. */
function found(value: unknown, { issues }: z.ZodError, secret: boolean | undefined): string {
  const path = issues[0]?.path ?? []
  const part = path.reduce((at, name) => (at as Record<PropertyKey, unknown>)[name], value)
  return path.length > 0 ? `${shown(part, secret)} in it` : shown(value, secret)
}

/**
 * The ARN of a key of AWS KMS. No permission can be given by an alias: there, it is the alias itself, not its key.
 * Source: AWS KMS Developer Guide, "Use aliases to control access to KMS keys".
 */
export function kmsKeyArn() {
  return orIntrinsic(z.string().regex(/^arn:aws[a-z-]*:kms:[^:]+:[^:]+:key\//))
}

export const KMS_KEY_EXPECTED = 'the ARN of a KMS key, not of an alias'

/** A value in short. A text is in quotes, so that `"60"` and `60` can be told apart. */
export function shown(value: unknown, secret = false): string {
  if (value === undefined || value === null || value === '') return 'nothing'
  return secret ? 'something else (not shown)' : JSON.stringify(value).slice(0, 100)
}
