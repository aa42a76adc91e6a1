import { formatSection } from '../config/format.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { failurePolicyName } from '../connectors/declaration/failure-policy.ts'
import { bucketName } from '../connectors/resources/bucket.ts'
import { consumerGroup } from '../connectors/resources/mapping.ts'
import type { Flow } from './api/index.ts'

/** What a connector's records pass through, as it is declared. */
export function flowOf(connector: Connector, service: string, functionName: string): Flow {
  const { deadLetter, abnormalDataTopic } = connector.declaration
  const { topics = [], pattern = null } = connector.source
  return {
    ...{ topics, pattern },
    ...{ functionName, policy: failurePolicyName(connector), target: targetOf(connector) },
    consumerGroup: consumerGroup(connector, '{topic}', service),
    ...(abnormalDataTopic === undefined ? {} : { abnormal: nameOf(abnormalDataTopic) }),
    ...(deadLetter ? { deadLetter: deadLetterOf(deadLetter) } : {}),
  }
}

function targetOf(connector: Connector): Flow['target'] {
  if (connector.kind === 'replicate') {
    const { alias, msk, bootstrapServers } = connector.to
    return { kind: 'cluster', alias: nameOf(alias), servers: bootstrapServers ?? [nameOf(msk)] }
  }
  const { prefix, format, rotate } = connector.declaration.to
  return {
    ...{ kind: 'bucket', bucket: nameOf(bucketName(connector)), prefix: nameOf(prefix) },
    format: typeof format === 'string' ? format : formatSection.variables.FORMAT.parse(undefined),
    isStaged: rotate !== undefined,
  }
}

function deadLetterOf(deadLetter: NonNullable<Connector['declaration']['deadLetter']>): Flow['deadLetter'] {
  const { kind } = deadLetter
  return { kind, name: nameOf(deadLetter.kind === 'topic' ? deadLetter.topic : deadLetter.arn) }
}

/** A name, or what CloudFormation makes it of. */
function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}
