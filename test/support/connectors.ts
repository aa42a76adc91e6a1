import { Writable } from 'node:stream'
import type { Statement } from '../../lib/cloudformation/template.ts'
import type { StreamingContext } from '../../lib/connectors/commands/command.ts'
import type { Deployment } from '../../lib/connectors/commands/deployment.ts'
import { Output } from '../../lib/connectors/commands/output.ts'
import type { Connector } from '../../lib/connectors/declaration/connector.ts'
import { readConnectors } from '../../lib/connectors/reader.ts'
import { type Expansion, expand, type ServiceContext } from '../../lib/connectors/resources/expansion.ts'

export const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'
export const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf'
export const SERVICE = 'lake-dev'

type Declaration = Record<string, unknown>

/** The least that a dump needs, with other values where they are given. */
export function dump({ source, to, ...more }: { source?: Declaration; to?: Declaration; [key: string]: unknown } = {}) {
  return {
    type: 'dump',
    source: { msk: MSK, topics: ['orders'], auth: { iam: true }, ...source },
    to: { bucket: 'my-lake', ...to },
    ...more,
  }
}

/** The least that a replication needs, likewise. */
export function replicate({
  source,
  to,
  ...more
}: {
  source?: Declaration
  to?: Declaration
  [key: string]: unknown
} = {}) {
  return {
    type: 'replicate',
    source: {
      alias: 'europe',
      bootstrapServers: ['europe:9096'],
      topics: ['orders'],
      auth: { scram512: SECRET },
      ...source,
    },
    to: { alias: 'america', bootstrapServers: ['america:9096'], auth: { scram512: SECRET }, ...to },
    ...more,
  }
}

export const read = (declared: Declaration) => readConnectors(declared, SERVICE, 'custom.connectors')

/** The lines of the message about a wrong declaration, each `path: what is wrong`, without the part that all have. */
export function faults(declared: Declaration): string[] {
  try {
    read(declared)
    return []
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n')
    return lines.map(line => line.replace('  custom.connectors.', ''))
  }
}

/** What declared connectors add to a service; patterns match nothing. */
export function expansionOf(declared: Declaration, more: Partial<ServiceContext> = {}): Expansion {
  const place = { service: SERVICE, isTraced: false, hasVpc: false, logRetentionDays: 14, matches: new Map() }
  return expand(read(declared), { ...place, ...more })
}

/** The permissions of a role, each as actions and resources, without that for logs, which all have. */
export function permissions(expansion: Expansion, role: string): [string[], unknown][] {
  const [logs, ...others] = statements(expansion, role)
  expect(logs?.Action).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents'])
  return others.map(({ Action, Resource }) => [Action, Resource])
}

/** The statements of a role. */
export function statements({ resources }: Expansion, role: string): Statement[] {
  const policies = resources[role]?.Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[]
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

/** The properties of a connector's mappings, by topic. */
export function mappings({ resources }: Expansion): Record<string, Record<string, unknown>> {
  const found = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::EventSourceMapping')
  return Object.fromEntries(found.map(({ Properties }) => [String(Properties.Topics), withoutUndefined(Properties)]))
}

/** As JSON has it. */
function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value))
}

/**
 * What commands receive that ask for nothing but settings.
 *
 * @param environment the variables of the function on this machine; absent: those that are declared
 * @param write gets what is printed
 */
export function commandContext(
  connectors: Connector[],
  environment: Record<string, string> | undefined,
  write: (text: string) => void,
): StreamingContext {
  const answers: Partial<Deployment> = {
    service: SERVICE,
    isLocal: environment !== undefined,
    config: { region: 'us-east-1' },
    environmentOf: async () => environment,
  }
  const stream = new Writable({
    write(chunk, _encoding, done) {
      write(String(chunk))
      done()
    },
  })
  const output = new Output(stream)
  return {
    connectors,
    deployment: answers as Deployment,
    write,
    tell: write,
    output,
    json: false,
    interruption: () => new AbortController().signal,
  }
}
