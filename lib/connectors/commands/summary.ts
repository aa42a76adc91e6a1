import pMap from 'p-map'
import { REQUESTS_AT_ONCE } from '../../lambda/event-source-mappings.ts'
import { textOf } from '../../plan/change.ts'
import type { PausedConnector } from '../../plan/paused.ts'
import { createStack } from '../../stack/stack.ts'
import type { Connector } from '../declaration/connector.ts'
import { madeBuckets } from '../resources/bucket.ts'
import { failureTopics } from '../resources/environment.ts'
import { consumerGroup } from '../resources/mapping.ts'
import type { Deployment } from './deployment.ts'
import { renderTable } from './table.ts'

/** Where a service is deployed. */
export interface Place {
  stackName: string
  region: string
}

/** The most topics or groups in a line. */
const MAX_NAMED = 6

/** The names, as many as a line has room for. */
function named(names: string[]): string {
  const others = names.length - MAX_NAMED
  return others > 0 ? `${names.slice(0, MAX_NAMED).join(', ')} and ${others} more` : names.join(', ')
}

/** What a deployment leaves behind: connectors with their states, buckets, the dashboard, and what to do next. */
export async function deploySummary(
  connectors: Connector[],
  deployment: Deployment,
  place: Place,
  paused: PausedConnector[],
): Promise<string> {
  const buckets = await bucketNames(connectors, deployment, place)
  const rows = await pMap(
    connectors,
    async connector => {
      const mappings = (await deployment.mappingsOf(connector)) ?? []
      const topics = connector.source.topics ?? mappings.map(({ topic }) => topic).toSorted()
      const states = mappings.map(({ state }) => state)
      const isPaused = paused.some(({ connector: name }) => name === connector.name)
      return [connector.name, connector.kind, readText(connector, topics), stateText(connector, states, isPaused)]
    },
    { concurrency: REQUESTS_AT_ONCE },
  )
  return [
    'connectors:',
    renderTable(rows).replaceAll(/^/gm, '  '),
    ...(buckets.length > 0 ? ['buckets:', ...buckets.map(bucket => `  ${bucket}`)] : []),
    `dashboard: ${dashboardUrl(deployment.service, place.region)}`,
    'next: serverless connectors check, then serverless connectors list',
  ].join('\n')
}

function readText({ source: { pattern } }: Connector, topics: string[]): string {
  if (pattern === undefined) return named(topics)
  return topics.length > 0 ? `${pattern}: ${named(topics)}` : `${pattern}: no topics yet`
}

function stateText({ declaration, source }: Connector, states: string[], isPaused: boolean): string {
  if (!declaration.enabled) return 'disabled, as declared'
  const off = states.filter(state => state.startsWith('Disabl')).length
  if (isPaused && off === states.length) return 'paused, as before; resume reads again'
  if (isPaused) return `${off} of ${states.length} topics paused, as before; resume reads again`
  if (states.length === 0) return source.pattern === undefined ? 'no mappings' : 'reads topics as they appear'
  return states.every(state => state === 'Enabled') ? 'enabled' : 'starts within a few minutes'
}

/** Buckets that the service made, and those that it was given. */
async function bucketNames(connectors: Connector[], deployment: Deployment, place: Place): Promise<string[]> {
  const made = await madeNames(connectors, deployment, place)
  const given = connectors.flatMap(connector => {
    if (connector.kind !== 'dump' || connector.declaration.to.createBucket) return []
    const { bucket } = connector.declaration.to
    return textOf(bucket) ?? []
  })
  return [...new Set([...made, ...given])]
}

/** The names of the buckets that the service made. */
async function madeNames(connectors: Connector[], { config }: Deployment, { stackName }: Place): Promise<string[]> {
  const buckets = madeBuckets(connectors)
  const isKnown = buckets.every(({ name }) => name !== undefined)
  const ids = isKnown ? new Map<string, string>() : await createStack(config).physicalIds(stackName)
  return buckets.flatMap(({ id, name }) => name ?? ids.get(id) ?? [])
}

/** Where AWS's console is, by the beginning of a region's name. */
const consoles = { 'cn-': 'console.amazonaws.cn', 'us-gov-': 'console.amazonaws-us-gov.com' }

/** The page of the service's dashboard. Source: Amazon CloudWatch, "Share CloudWatch dashboards", links to dashboards. */
function dashboardUrl(service: string, region: string): string {
  const [, host] = Object.entries(consoles).find(([prefix]) => region.startsWith(prefix)) ?? []
  const page = `cloudwatch/home?region=${region}#dashboards/dashboard/${service}-${region}`
  return `https://${host ?? `${region}.console.aws.amazon.com`}/${page}`
}

/** What stays when the service is removed, and how to delete it. Asked for before the removal, as the stack knows the names. */
export async function removeSummary(connectors: Connector[], deployment: Deployment, place: Place): Promise<string> {
  const made = await madeNames(connectors, deployment, place)
  const lines = [
    ...made.map(
      bucket =>
        `bucket ${bucket} with its objects and, if it rotates, _staging and _commits: aws s3 rb s3://${bucket} --force`,
    ),
    ...(made.length > 0 ? ['  to deploy again with a bucket that is kept, declare createBucket: false'] : []),
    ...connectors.flatMap(givenBucket),
    ...connectors.flatMap(connector => groupLine(connector, deployment.service)),
    ...connectors.flatMap(topicLines),
  ]
  if (lines.length === 0) return ''
  return [
    'Kept, as it holds data or positions. What you don’t need you can delete:',
    ...lines.map(line => `  ${line}`),
  ].join('\n')
}

function givenBucket(connector: Connector): string[] {
  if (connector.kind !== 'dump' || connector.declaration.to.createBucket) return []
  const { bucket, prefix } = connector.declaration.to
  return [
    `objects of ${connector.name} in ${textOf(bucket)}${prefix === undefined ? '' : `, below ${textOf(prefix)}/`}`,
  ]
}

function groupLine(connector: Connector, service: string): string[] {
  const { topics = ['<topic>'] } = connector.source
  const groups = topics.map(topic => consumerGroup(connector, topic, service))
  return [
    `consumer groups of ${connector.name}, from which it continues: ${named(groups)}: kafka-consumer-groups.sh --delete --group …`,
  ]
}

function topicLines(connector: Connector): string[] {
  const failed = failureTopics(connector).map(
    topic => `topic ${topic} with failed records of ${connector.name}: kafka-topics.sh --delete --topic ${topic}`,
  )
  return connector.kind === 'replicate'
    ? [...failed, `topics of ${connector.name} on the target, with those for offsets and heartbeats`]
    : failed
}
