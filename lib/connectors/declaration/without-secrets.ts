import * as z from 'zod'
import { describedKey } from './key.ts'
import { isDeclaredSecret } from './secret.ts'

/** What is shown in place of a secret. */
const NOT_SHOWN = '(not shown)'

/** The whole ARN of a secret, which tells nothing of what the secret holds. Source: AWS Secrets Manager, "ARN format". */
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/

/** User name and password in a URL. */
const LOGIN_IN_URL = /\/\/[^/\s@]*@/g

/**
 * A declaration as it may be shown: without the values of secret keys. References to secrets stay, as they say where to look.
 *
 * @param schema of the declaration, or of the part of it
 * @param value as it is written
 */
export function withoutSecrets(schema: z.ZodType, value: unknown): unknown {
  const described = describedKey(schema)
  if (described) return described.secret && !isReference(value) ? NOT_SHOWN : withoutLogins(value)
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  if (!(inner instanceof z.ZodObject)) return withoutLogins(value)
  const { shape } = inner
  const shown = Object.entries((value ?? {}) as object).map(([name, part]) => {
    const known = Object.hasOwn(shape, name) ? (shape[name] as z.ZodType) : undefined
    return [name, known ? withoutSecrets(known, part) : NOT_SHOWN]
  })
  return Object.fromEntries(shown)
}

function isReference(value: unknown): boolean {
  return isDeclaredSecret(value) || (typeof value === 'string' && SECRET_ARN.test(value))
}

function withoutLogins(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(LOGIN_IN_URL, `//${NOT_SHOWN}@`)
  if (Array.isArray(value)) return value.map(withoutLogins)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutLogins(part)]))
}
