import { type IResolvable, Reference, Stack, StringConcat, Token, Tokenization } from 'aws-cdk-lib/core'
import type { IConstruct } from 'constructs'

/** Marks, in a declaration, a value that only the deployment knows. It counts as a CloudFormation function, as `!GetAtt` does. */
const DEFERRED = 'Fn::Token'

/** Values that only the deployment knows, by stable names: those of tokens contain numbers that depend on the order of constructs. */
export type DeferredValues = Map<string, string>

/**
 * Replaces the CDK's tokens in a declaration by CloudFormation functions of our own, so that it reads as a file does that has
 * `!GetAtt …` in these places.
 *
 * @param values receives what was replaced
 */
export function deferTokens(scope: IConstruct, declared: unknown, values: DeferredValues): unknown {
  if (Token.isUnresolved(declared)) {
    const text = Token.asString(declared)
    const name = stableName(scope, text)
    values.set(name, text)
    return { [DEFERRED]: name }
  }
  if (Array.isArray(declared)) return declared.map(item => deferTokens(scope, item, values))
  if (!isPlain(declared)) return declared
  return Object.fromEntries(Object.entries(declared).map(([key, value]) => [key, deferTokens(scope, value, values)]))
}

/** The name under which a value was deferred; undefined for any other value. */
export function deferredName(value: object): string | undefined {
  const { [DEFERRED]: name } = value as Record<string, unknown>
  return typeof name === 'string' ? name : undefined
}

/** A text that is the same in each synthesis, and differs between tokens that mean different values. */
function stableName(scope: IConstruct, text: string): string {
  const mapToken = (token: IResolvable) => `<${tokenName(scope, token)}>`
  return Tokenization.reverseString(text).mapTokens({ mapToken }).join(new StringConcat())
}

function tokenName(scope: IConstruct, token: IResolvable): string {
  if (Reference.isReference(token)) return `${token.target.node.path}.${token.displayName}`
  return JSON.stringify(Stack.of(scope).resolve(token))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
}
