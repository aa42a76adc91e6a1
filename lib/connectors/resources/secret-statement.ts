import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { isDefined, ownArn, type Statement } from '../../cloudformation/template.ts'
import { referenceKinds, type SecretReference } from '../../secrets/reference.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'
import { FIELD } from '../declaration/secret.ts'
import type { FunctionEnvironment } from '../declaration/variable-key.ts'

/** Reading the secrets that a function's variables refer to, and those that its mappings log in with. */
export function secretStatements(environment: FunctionEnvironment, polled: (string | Intrinsic)[]): Statement[] {
  const referred = (kind: SecretReference['kind']) =>
    Object.entries(environment).flatMap(([name, value]) => (name.endsWith(referenceKinds[kind].suffix) ? [value] : []))
  const secrets = [...polled, ...referred('secret').map(withoutField)]
  return [
    ...read('secretsmanager:GetSecretValue', secrets),
    ...read('ssm:GetParameter', referred('parameter').map(withoutField).map(parameterArn)),
  ]
}

/** The secrets needed to log in to a cluster. */
export function loginSecrets({ auth }: Pick<SourceDeclaration, 'auth'>): (string | Intrinsic)[] {
  if (!auth) return []
  const { plain, scram256, scram512, mtls, serverRootCa } = auth
  return [plain, scram256, scram512, mtls, serverRootCa].filter(isDefined)
}

/** Decrypting secrets that are encrypted with a customer's key. */
export function decryptionStatements(clusters: Pick<SourceDeclaration, 'auth'>[]): Statement[] {
  return read('kms:Decrypt', clusters.map(({ auth }) => auth?.kmsKey).filter(isDefined))
}

function read(action: string, resources: unknown[]): Statement[] {
  const distinct = new Map(resources.map(resource => [JSON.stringify(resource), resource]))
  return distinct.size > 0 ? [{ Effect: 'Allow', Action: [action], Resource: [...distinct.values()] }] : []
}

/** The secret without the field that a reference names. */
function withoutField(reference: string | Intrinsic): string | Intrinsic {
  if (typeof reference === 'string') return reference.split(FIELD)[0] ?? ''
  const [, [secret]] = reference['Fn::Join'] as [string, [Intrinsic]]
  return secret
}

/** A parameter's name may begin with a slash; its ARN has only one there. */
function parameterArn(name: string | Intrinsic): unknown {
  if (typeof name !== 'string' || name.startsWith('arn:')) return name
  return ownArn('ssm', `parameter/${name.replace(/^\//, '')}`)
}
