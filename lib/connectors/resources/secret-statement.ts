import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { isDefined, ownArn, type Statement } from '../../cloudformation/template.ts'
import { referenceKinds, type SecretReference } from '../../secrets/reference.ts'
import type { SourceDeclaration } from '../declaration/declaration.ts'
import { FIELD } from '../declaration/secret.ts'
import type { FunctionEnvironment } from '../declaration/variable-key.ts'

/** Reading what the variables of a function refer to. */
export function secretStatements(environment: FunctionEnvironment, polled: (string | Intrinsic)[]): Statement[] {
  const referred = (kind: SecretReference['kind']) =>
    Object.entries(environment).flatMap(([name, value]) => (name.endsWith(referenceKinds[kind].suffix) ? [value] : []))
  const secrets = [...polled, ...referred('secret').map(withoutField)]
  return [
    ...read('secretsmanager:GetSecretValue', secrets),
    ...read('ssm:GetParameter', referred('parameter').map(withoutField).map(parameterArn)),
  ]
}

/** The secrets with which a cluster is entered. */
export function loginSecrets({ auth }: Pick<SourceDeclaration, 'auth'>): (string | Intrinsic)[] {
  if (!auth) return []
  const { plain, scram256, scram512, mtls, serverRootCa } = auth
  return [plain, scram256, scram512, mtls, serverRootCa].filter(isDefined)
}

/** Decrypting secrets that are encrypted with a key of one's own. */
export function decryptionStatements(clusters: Pick<SourceDeclaration, 'auth'>[]): Statement[] {
  return read('kms:Decrypt', clusters.map(({ auth }) => auth?.kmsKey).filter(isDefined))
}

function read(action: string, resources: unknown[]): Statement[] {
  const distinct = new Map(resources.map(resource => [JSON.stringify(resource), resource]))
  return distinct.size > 0 ? [{ Effect: 'Allow', Action: [action], Resource: [...distinct.values()] }] : []
}

/** The secret that one field was taken of. */
function withoutField(reference: string | Intrinsic): string | Intrinsic {
  if (typeof reference === 'string') return reference.split(FIELD)[0] ?? ''
  const [, [secret]] = reference['Fn::Join'] as [string, [Intrinsic]]
  return secret
}

/** Names of parameters have levels, and ARNs have no slash before the first. */
function parameterArn(name: string | Intrinsic): unknown {
  if (typeof name !== 'string' || name.startsWith('arn:')) return name
  return ownArn('ssm', `parameter/${name.replace(/^\//, '')}`)
}
