import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { type ConnectorSettings, connectorSections, readConnectorSettings } from '../lib/config/connector.ts'
import { readWithSecrets } from '../lib/config/secrets.ts'
import { CodedError } from '../lib/error.ts'
import { createAccess } from '../lib/kafka/admin/access.ts'
import { createAdmin } from '../lib/kafka/admin/admin.ts'
import { failureTopic } from '../lib/kafka/admin/failure-topics.ts'
import { createGroupOffsets } from '../lib/kafka/admin/group-offsets.ts'
import type { KafkaSettings } from '../lib/kafka/client/settings.ts'
import { createProducer } from '../lib/kafka/produce/producer.ts'
import { createPartitionRecords } from '../lib/kafka/read/partition-records.ts'
import { createRecordSearch } from '../lib/kafka/read/record-search.ts'
import { createObjectKeys } from '../lib/objects/key.ts'
import { createLogger } from '../lib/observability/logger.ts'
import { type CheckedCluster, type ConnectorCheck, checkConnector } from '../lib/operate/check.ts'
import { type CheckAnswers, type CheckRequest, parseCheckRequest } from '../lib/operate/check-request.ts'
import { type Positions, type PositionsAsked, positionsOf } from '../lib/operate/positions.ts'
import { findSource } from '../lib/operate/source-cluster.ts'
import { findStaged, firstStaged } from '../lib/operate/staged.ts'
import { findInStore, findOnTarget, type SentRecord, sendTest, type TargetSearch } from '../lib/operate/test-record.ts'
import { checkCreateOnce } from '../lib/s3/create-once.ts'
import { createStore } from '../lib/s3/store.ts'

const settings = await readWithSecrets(connectorSections, readConnectorSettings, process.env)
const { connector } = settings.failure
const logger = createLogger(settings.failure)

/** A replication's target, and how it names topics; undefined for a dump. */
const target = settings.type === 'replicate' ? targetOf(settings) : undefined

type ReplicateSettings = Extract<ConnectorSettings, { type: 'replicate' }>
type Answer = CheckAnswers[keyof CheckAnswers]

/**
 * Looks after a connector from inside its network: checks what it needs, tells its positions, and sends a record and finds
 * where it came out. An event without an action of `lib/operate/check-request.ts` asks for a check.
 */
export const handler = middy(async (event: unknown, context: Context): Promise<Answer> => {
  // Each invocation opens its own connections: an earlier one may have broken since, which must not count as a finding.
  await using opened = new AsyncDisposableStack()
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  return await answer(parseCheckRequest(event), opened, deadline)
}).use(injectLambdaContext(logger))

/** Reserved at the end of the invocation for reporting an error, in milliseconds. */
const RESERVE_MS = 500

async function answer(request: CheckRequest, opened: AsyncDisposableStack, deadline: number): Promise<Answer> {
  switch (request.action) {
    case 'check':
      return await check(request.topics, opened, deadline)
    case 'positions': {
      const source = await findSource(settings, process.env)
      return await positions(source, { ...request, deadline }, opened)
    }
    case 'send': {
      const source = await findSource(settings, process.env)
      const { topic, partition = 0 } = request.record
      const partitions = await createAdmin(source, connector).partitionCount(topic)
      if (partitions !== undefined && partition >= partitions)
        throw new CodedError(
          'CONFIG_INVALID',
          `${topic} has no partition ${partition}: it has ${partitions}, from 0 on`,
        )
      const producer = closedWith(opened, createProducer(source, { clientId: connector }))
      return await sendTest(request.record, producer, deadline, targetSearch(opened))
    }
    default:
      return await find(request.sent, opened)
  }
}

async function positions(
  source: KafkaSettings,
  asked: Omit<PositionsAsked, 'groupOf'>,
  opened: AsyncDisposableStack,
): Promise<Positions> {
  const offsets = closedWith(opened, createGroupOffsets(source, connector))
  const records = closedWith(opened, createPartitionRecords(source, connector))
  const cluster = { admin: createAdmin(source, connector), offsets, records }
  return await positionsOf({ ...asked, groupOf: settings.groupOf }, cluster)
}

async function check(
  asked: string[] | undefined,
  opened: AsyncDisposableStack,
  deadline: number,
): Promise<CheckAnswers['check']> {
  const { topics = asked, pattern, groupOf, isExcluded, obstacleTo } = settings
  const deadLetters = settings.deadLetters.map(topic => failureTopic(topic, settings.failure.topics))
  const open = (connection: KafkaSettings): CheckedCluster => {
    const access = closedWith(opened, createAccess(connection, connector))
    return { connection, access, admin: createAdmin(connection, connector) }
  }
  const openSource = async () => {
    const source = await findSource(settings, process.env)
    const ask = (topics: string[], since: number) => positions(source, { topics, since, deadline }, opened)
    return { ...open(source), positions: ask }
  }
  const read = { openSource, topics, pattern, groupOf, deadLetters, isExcluded, obstacleTo }
  const results = await checkConnector({ ...read, ...checkedSink(open) })
  const passed = results.every(({ ok }) => ok)
  logger[passed ? 'info' : 'error'](passed ? 'Check passed' : 'Check failed', { results })
  return { connector, passed, results }
}

/** The store or the target that the connector writes to. */
function checkedSink(open: (connection: KafkaSettings) => CheckedCluster): Pick<ConnectorCheck, 'store' | 'target'> {
  if (target) return { target: { ...open(target.connection), ...target } }
  if (settings.type !== 'dump') return {}
  const { store, keys, rotation } = settings
  const probeKey = [keys.prefix, '.check', connector].filter(part => part !== '').join('/')
  const createOnce = rotation && (() => checkCreateOnce(store, `${probeKey}/`))
  const opened = createStore(store)
  const forgotten = rotation ? undefined : () => firstStaged(keys.prefix, opened)
  return { store: { store: opened, probeKey, createOnce, forgotten } }
}

async function find(sent: SentRecord, opened: AsyncDisposableStack): Promise<CheckAnswers['find']> {
  const search = targetSearch(opened)
  if (search) return (await findOnTarget(sent, search)) ?? null
  if (settings.type !== 'dump') return null
  const store = createStore(settings.store)
  const staged = settings.rotation && (await findStaged(sent, settings.keys.prefix, store))
  const key = staged ?? (await findInStore(sent, createObjectKeys(settings.keys), store))
  return key === undefined ? null : { bucket: settings.store.bucket, key }
}

function targetSearch(opened: AsyncDisposableStack): TargetSearch | undefined {
  return target && { ...target, search: closedWith(opened, createRecordSearch(target.connection, connector)) }
}

function targetOf({ target: connection, records, replication: names }: ReplicateSettings) {
  const remoteTopic = (topic: string) => names.policy.remoteTopic(names.sourceAlias, topic)
  return { connection, replicas: records.replicas, remoteTopic }
}

function closedWith<T extends { close(): Promise<void> }>(opened: AsyncDisposableStack, client: T): T {
  opened.defer(() => client.close())
  return client
}
