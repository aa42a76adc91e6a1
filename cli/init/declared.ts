import type { ConnectorType } from '../../lib/config/connector-type.ts'
import { type Declaration, declaredPut } from '../../lib/migration/declaration.ts'
import { inOrder } from '../../lib/migration/declared-key.ts'
import type { Answers, Flag } from './flags.ts'

const MEGABYTE = 1_048_576
const HOUR_MS = 3_600_000

/** Logins whose secret is the value of the key; `iam` and `none` need none. */
export const secretLogins = ['scram512', 'scram256', 'plain', 'mtls'] as const

/** Values of a login. */
export const logins = ['iam', ...secretLogins, 'none'] as const

/** The connector that the answers declare. What was not answered is left out. */
export function declared(answers: Answers): Declaration {
  const type = answers.type as ConnectorType
  const declaration: Declaration = { type, source: {}, to: {} }
  const add = (path: string, value: unknown) => declaredPut(declaration, path, value)
  for (const [path, value] of clusterKeys(answers)) add(path, value)
  add('source.topics', list(answers.topics))
  add('source.pattern', answers.pattern)
  add('source.startFrom', answers['start-from'])
  for (const [path, value] of type === 'dump' ? dumpKeys(answers) : replicateKeys(answers)) add(path, value)
  return inOrder(type, declaration)
}

type Keys = [path: string, value: unknown][]

/** The keys of the cluster that is read. */
export function clusterKeys(answers: Answers): Keys {
  const subnets = list(answers.subnets)
  const groups = list(answers['security-groups'])
  return [
    ['source.alias', answers.type === 'replicate' ? answers.alias : undefined],
    ...placeKeys('source', answers, ''),
    ['source.vpc', subnets || groups ? { subnets, securityGroups: groups } : undefined],
  ]
}

function placeKeys(at: 'source' | 'to', answers: Answers, prefix: '' | 'target-'): Keys {
  const of = (flag: 'msk' | 'brokers' | 'login' | 'login-secret' | 'ca-secret') => answers[`${prefix}${flag}` as Flag]
  const login = of('login')
  return [
    [`${at}.msk`, of('msk')],
    [`${at}.bootstrapServers`, list(of('brokers'))],
    [`${at}.auth.iam`, login === 'iam' ? true : undefined],
    ...secretLogins.map((name): Keys[number] => [
      `${at}.auth.${name}`,
      login === name ? of('login-secret') : undefined,
    ]),
    [`${at}.auth.serverRootCa`, of('ca-secret')],
  ]
}

function dumpKeys(answers: Answers): Keys {
  return [
    ['to.bucket', answers.bucket],
    ['to.createBucket', answers['create-bucket']],
    ['to.endpoint', answers.endpoint],
    ['to.prefix', answers.prefix],
    ['to.format', answers.format],
    ['to.compression', answers.compression],
    ['to.partitioner', answers.partitioner],
    ...rotationKeys(answers.rotate),
  ]
}

/** Objects of a size, which are closed each hour at the latest, so that what was read can be used. */
function rotationKeys(megabytes: string | true | undefined): Keys {
  if (megabytes === undefined) return []
  const size = Number(megabytes) * MEGABYTE
  return [
    // The check of the declaration names what was given if it is not a number.
    ['to.rotate.targetSizeBytes', Number.isFinite(size) ? Math.round(size) : megabytes],
    ['to.rotate.rotateScheduleIntervalMs', HOUR_MS],
  ]
}

function replicateKeys(answers: Answers): Keys {
  return [['to.alias', answers['target-alias']], ...placeKeys('to', answers, 'target-'), ['to.policy', answers.policy]]
}

/** A list, separated by commas; undefined if it has nothing. */
export function list(text: string | true | undefined): string[] | undefined {
  if (typeof text !== 'string') return undefined
  const parts = text.split(',').map(part => part.trim())
  return parts.some(part => part !== '') ? parts.filter(part => part !== '') : undefined
}
