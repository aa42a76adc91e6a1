import type { Connector, ReplicateConnector } from './connector.ts'
import { deadLetterTopic } from './environment.ts'
import { consumerGroup, failureDestination } from './mapping.ts'
import {
  destinationStatements,
  logStatements,
  mskStatements,
  networkStatements,
  readStatements,
  replicateStatements,
  secretStatements,
  storeStatements,
  type syncOffsetsStatements,
  type syncTopicsStatements,
  writeStatements,
} from './statement.ts'
import type { Resource, Statement } from './template.ts'

/** A function of a connector, and what default consumer groups begin with. */
interface RoleOptions {
  functionName: string
  service: string
}

/**
 * The role of a connector's function and of its mappings, which poll as this role. Each connector has its own, so that
 * none can read what another one reads.
 *
 * @param topics those with a mapping; undefined when only a pattern is known
 */
export function connectorRole(
  connector: Connector,
  topics: string[] | undefined,
  { functionName, service }: RoleOptions,
): Resource {
  const { source, kind } = connector
  const clusters = kind === 'replicate' ? [source, connector.to] : [source]
  const groups = topics?.map(topic => consumerGroup(connector, topic, service)) ?? [
    consumerGroup(connector, '*', service),
  ]
  return role([
    ...logStatements(functionName),
    ...(kind === 'dump' ? storeStatements(connector) : []),
    ...secretStatements(clusters),
    ...networkStatements(clusters),
    ...mskStatements(source),
    ...readStatements(source, topics ?? ['*'], groups),
    ...writeStatements(source, ownTopics(connector)),
    ...(kind === 'replicate' ? replicateStatements(connector) : []),
    ...destinationStatements(failureDestination(connector)),
  ])
}

/** The role of the scheduled function that translates offsets, or that keeps topics in step. */
export function scheduledRole(
  connector: ReplicateConnector,
  statements: typeof syncOffsetsStatements | typeof syncTopicsStatements,
  functionName: string,
): Resource {
  const clusters = [connector.source, connector.to]
  return role([
    ...logStatements(functionName),
    ...secretStatements(clusters),
    ...networkStatements(clusters),
    ...statements(connector),
  ])
}

/** The topics of the source cluster to which failed records go. */
function ownTopics(connector: Connector): string[] {
  const { abnormalDataTopic } = connector.declaration
  return [...new Set([abnormalDataTopic, deadLetterTopic(connector)])].filter(topic => typeof topic === 'string')
}

function role(statements: Statement[]): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      Policies: [{ PolicyName: 'connector', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
    },
  }
}
