import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { joined } from '../../cloudformation/template.ts'
import { parseReference, referenceKinds, type SecretReference } from '../../secrets/reference.ts'

type Kind = SecretReference['kind']

/** A value that is kept elsewhere, as it is declared: `{ secret: <ARN>#<field> }`, or `{ parameter: <name> }`. */
export type DeclaredSecret = Partial<Record<Kind, string>>

/** Stands between a secret and one of its fields. */
export const FIELD = '#'

/** Whether a value says properly where it is kept. */
export function isDeclaredSecret(value: unknown): value is DeclaredSecret {
  const [[kind, text] = [], ...others] = Object.entries((value ?? {}) as object)
  return others.length === 0 && (kind === 'secret' || kind === 'parameter') && parseReference(kind, text) !== undefined
}

/** The variable, and its text, that tells a function where the value of another variable is kept. */
export function secretVariable(variable: string, declared: DeclaredSecret): [string, string] {
  const { secret, parameter } = declared
  return secret === undefined
    ? [variable + referenceKinds.parameter.suffix, parameter ?? '']
    : [variable + referenceKinds.secret.suffix, secret]
}

/** Where one field of a secret is. */
export function secretField(secret: string | Intrinsic, field: string): string | Intrinsic {
  return joined(secret, FIELD + field) as string | Intrinsic
}
