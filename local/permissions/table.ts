import { deployedOf, type Permission, permissionsOf, settleMappings } from './deployed.ts'
import { lambdasReason, type Reason, type Reasons, reasons } from './reasons.ts'
import { bucketOf, type SampleName, samples } from './samples.ts'

/** The topic of the samples in the tables. */
const NAME = 'orders'

type File = keyof typeof reasons

const keyOf = ({ action, place }: Permission) => `${action} ${place}`.trim()

/** All that a function can be allowed, whatever is declared, each permission once. */
export function allPermissions(file: File): Permission[] {
  const names = (Object.keys(samples) as SampleName[]).filter(name => samples[name].file === file)
  const statements =
    file === 'settle-mappings' ? settleMappings().statements : names.flatMap(name => deployedOf(name, NAME).statements)
  return permissionsOf(statements)
}

/** A table for each function. @throws Error when a permission has no reason */
export function permissionsTables(): string {
  return (Object.keys(reasons) as File[]).map(tableOf).join('\n\n')
}

function tableOf(file: File): string {
  const own = allPermissions(file).filter(permission => lambdasReason(file, keyOf(permission)) === undefined)
  // Permissions for the same purpose are one row.
  const rows = Map.groupBy(own, permission => {
    const { why, without, code } = reasonOf(file, permission)
    return [onWhat(permission), `to ${why}`, code ? `${without}: \`${code}\`` : without].join(' | ')
  })
  const lines = Array.from(rows, ([rest, some]) => `| ${actionsText(some)} | ${rest} |`)
  return [`**\`${file}\`**`, '', '| action | on what | why | without it |', '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  )
}

function reasonOf(file: File, permission: Permission): Reason {
  const own: Reasons = reasons[file]
  const reason = own[keyOf(permission)]
  if (!reason) throw new Error(`local/permissions/reasons.ts: why does ${file} have ${keyOf(permission)}?`)
  return reason
}

/** What Lambda itself does with the roles. */
export function lambdaPermissionsTable(): string {
  const found = (Object.keys(reasons) as File[]).flatMap(file =>
    allPermissions(file).flatMap(permission => {
      const why = lambdasReason(file, keyOf(permission))
      return why === undefined ? [] : [{ file, permission, why }]
    }),
  )
  const rows = Map.groupBy(found, ({ why }) => why)
  const lines = Array.from(rows, ([why, some]) => {
    const files = new Set(some.map(({ file }) => file))
    const permissions = [...new Map(some.map(({ permission }) => [permission.action, permission])).values()]
    const places = new Set(permissions.map(onWhat))
    return `| ${[...files].map(file => `\`${file}\``).join(', ')} | ${actionsText(permissions)} | ${[...places].join('; ')} | to ${why} |`
  })
  return ['| role of | action | on what | why |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

function actionsText(permissions: Permission[]): string {
  return [...new Set(permissions.map(({ action }) => `\`${action}\``))].join(', ')
}

/** The resources of a permission, in words. */
function onWhat({ action, place, resources }: Permission): string {
  return [...new Set(resources.map(arn => resourceText(action, place, arn)))].join(', ')
}

function resourceText(action: string, place: string, arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':')
  if (service === 's3')
    return `\`${rest.join(':').replace(bucketOf(NAME), '<bucket>').replace('/lake/', '/<prefix>/')}\``
  if (action.startsWith('kafka-cluster:')) return kafkaText(place, rest.join(':'))
  if (service === 'lambda') return lambdaText(rest)
  return others[service] ?? '`*`'
}

/** Resources of other services, which the declaration names. */
const others: Record<string, string> = {
  kms: 'the declared key',
  secretsmanager: 'the declared secrets',
  ssm: 'the declared parameters',
  glue: 'the registry and its schemas',
  kafka: 'the cluster',
  logs: 'the function’s log group',
}

function kafkaText(place: string, resource: string): string {
  const [kind = '', , , ...named] = resource.split('/')
  const name = named.join('/')
  if (kind === 'cluster') return `the ${place}`
  const plural = { topic: 'topics', group: 'groups', 'transactional-id': 'transactions' }[kind] ?? kind
  if (name === '*') return `all ${plural} of the ${place}`
  if (name.startsWith('*')) return `${plural} \`${name}\` of the ${place}`
  return `its ${plural} of the ${place}`
}

function lambdaText([kind = '', name = '']: string[]): string {
  if (kind === 'event-source-mapping') return 'mappings'
  return name.endsWith('*') ? 'the functions of the service' : 'itself'
}
