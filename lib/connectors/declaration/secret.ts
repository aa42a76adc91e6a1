import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { joined } from '../../cloudformation/template.ts'
import { parseReference, referenceKinds, type SecretReference } from '../../secrets/reference.ts'

type Kind = SecretReference['kind']

/** A reference to a value kept elsewhere: `{ secret: <ARN>#<field> }` or `{ parameter: <name> }`. */
export type DeclaredSecret = Partial<Record<Kind, string>>

/** Separates a secret from one of its fields. */
export const FIELD = '#'

/** Whether a value is a well-formed reference. */
export function isDeclaredSecret(value: unknown): value is DeclaredSecret {
  const [[kind, text] = [], ...others] = Object.entries((value ?? {}) as object)
  return others.length === 0 && (kind === 'secret' || kind === 'parameter') && parseReference(kind, text) !== undefined
}

/** The variable, and its text, that tells a function where another variable's value is kept. */
export function secretVariable(variable: string, declared: DeclaredSecret): [string, string] {
  const { secret, parameter } = declared
  return secret === undefined
    ? [variable + referenceKinds.parameter.suffix, parameter ?? '']
    : [variable + referenceKinds.secret.suffix, secret]
}

/** The reference to one field of a secret. */
export function secretField(secret: string | Intrinsic, field: string): string | Intrinsic {
  return joined(secret, FIELD + field) as string | Intrinsic
}
