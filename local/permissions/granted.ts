import type { Statement } from '../../lib/cloudformation/template.ts'

/** The account and region in which the tests' stacks are. */
export const ACCOUNT = '123456789012'
export const REGION = 'eu-central-1'

/** What a request to AWS asks of IAM. */
export interface Asked {
  /** Such as `s3:PutObject`. */
  action: string
  /** The ARN of what it is about; `*` where the service has no narrower one. */
  resource: string
  /** What conditions compare, such as `s3:prefix`. */
  context?: Record<string, string>
}

/** A permission that a role has: one action of one statement. */
export interface Granted {
  action: string
  resources: string[]
  condition: Record<string, Record<string, string | string[]>>
}

/** The permissions of statements, with CloudFormation's functions as they are in the tests' account and region. */
export function grantedBy(statements: readonly Statement[]): Granted[] {
  return statements.flatMap(({ Action, Resource, Condition }) =>
    Action.map(action => ({
      action,
      resources: [resolved(Resource)].flat() as string[],
      condition: (resolved(Condition) ?? {}) as Granted['condition'],
    })),
  )
}

/** Whether a permission allows what is asked. Source: AWS IAM, "Policy evaluation logic" and "Condition operators". */
export function allows({ action, resources, condition }: Granted, asked: Asked): boolean {
  if (action !== asked.action || !resources.some(pattern => isLike(asked.resource, pattern))) return false
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, patterns]) => {
      const value = asked.context?.[key]
      if (value === undefined) return operator.endsWith('IfExists')
      return [patterns].flat().some(pattern => isLike(value, pattern))
    }),
  )
}

/** Whether a text is as IAM's pattern says, in which an asterisk is any text. */
export function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map(part => RegExp.escape(part))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}

/** A value of a template with `Ref`, `Fn::Sub` and `Fn::Join` resolved; a resource's `Ref` is its logical id. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved)
  if (typeof value !== 'object' || value === null) return value
  const { Ref, 'Fn::Sub': sub, 'Fn::Join': join } = value as Record<string, unknown>
  if (typeof Ref === 'string') return pseudo[Ref] ?? Ref
  if (typeof sub === 'string') return sub.replaceAll(/\$\{(.+?)\}/g, (_, name: string) => pseudo[name] ?? name)
  if (Array.isArray(join)) return (resolved(join[1]) as string[]).join(join[0])
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolved(part)]))
}

const pseudo: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
}
