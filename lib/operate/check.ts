import { randomUUID } from 'node:crypto'
import { asCodedError, CodedError, type ErrorCode } from '../error.ts'
import { type Access, reachBroker, type TopicAccess } from '../kafka/admin/access.ts'
import type { ClusterAdmin } from '../kafka/admin/admin.ts'
import { creationCommand } from '../kafka/admin/failure-topics.ts'
import type { NewTopic } from '../kafka/admin/new-topic.ts'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import { NOT_FOUND, statusOf } from '../s3/passing.ts'
import type { ObjectStore } from '../s3/store.ts'
import type { Positions } from './positions.ts'
import { checkRetention } from './retention-check.ts'
import { matchingTopics } from './topic-pattern.ts'

/** The result of one check. */
export interface CheckResult {
  /** What was checked, as in `source login`. */
  check: string
  ok: boolean
  /** The finding, or the cause of the failure. */
  detail: string
  /** Whether it passed, but records may be lost without a sign. The detail tells which, and what to do. */
  warning?: true
  errorCode?: ErrorCode
}

/** A cluster with the clients that check it. */
export interface CheckedCluster {
  connection: KafkaSettings
  access: Access
  admin: ClusterAdmin
}

/** The cluster that is read. */
export interface CheckedSource extends CheckedCluster {
  /** How far each topic's group has come, and how much was produced since a time in milliseconds since the epoch. */
  positions(topics: string[], since: number): Promise<Positions>
}

/** Everything that a connector depends on. */
export interface ConnectorCheck {
  /** @throws CodedError when its brokers can't be determined */
  openSource(): Promise<CheckedSource>
  /** The topics that are read: by name, or by a pattern. */
  topics?: string[]
  pattern?: RegExp
  groupOf(topic: string): string
  /** Whether the topic is never read, whatever the pattern. */
  isExcluded(topic: string): boolean
  /** Why nothing comes of a topic that is read, to follow its name; undefined for all others. */
  obstacleTo(topic: string): string | undefined
  /** Topics on the source for failed records, as they are created if they don't exist. */
  deadLetters: NewTopic[]
  /** A dump's bucket, the key of a test object, and, where objects are compacted, a check that they can be created once. */
  store?: {
    store: Pick<ObjectStore, 'put' | 'get' | 'delete'>
    probeKey: string
    createOnce?: () => Promise<string>
    /** Where nothing is to be staged: the key of an object that is staged all the same, if there is one. */
    forgotten?: () => Promise<string | undefined>
  }
  /** A replication's target. */
  target?: CheckedCluster & { remoteTopic(topic: string): string; replicas: number }
}

/** What a check found where nothing fails, but records may be lost. */
interface Warning {
  warning: string
}

/** Runs one check and records its result. Resolves with whether it passed. */
type Checker = (check: string, run: () => Promise<string | Warning>) => Promise<boolean>

/**
 * Checks everything that a connector depends on, from where it runs. Leaves nothing behind: it only asks Kafka for
 * permissions, and deletes the object that it writes to the bucket.
 *
 * Skips checks that an earlier failure makes impossible.
 */
export async function checkConnector(connector: ConnectorCheck): Promise<CheckResult[]> {
  const topics = Promise.withResolvers<string[]>()
  const [source, sink] = await Promise.all([
    report(async check => topics.resolve(await checkSource(connector, check))),
    report(check =>
      connector.target ? checkTarget(connector.target, topics.promise, check) : checkStore(connector, check),
    ),
  ])
  return [...source, ...sink]
}

async function report(run: (check: Checker) => Promise<void>): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  await run(async (check, attempt) => {
    try {
      const found = await attempt()
      const finding = typeof found === 'string' ? { detail: found } : { detail: found.warning, warning: true as const }
      results.push({ check, ok: true, ...finding })
      return true
    } catch (thrown) {
      const { message, code } = asCodedError(thrown)
      results.push({ check, ok: false, detail: message, errorCode: code })
      return false
    }
  })
  return results
}

/** @returns the topics whose records are written; none when they can't be determined */
async function checkSource(connector: ConnectorCheck, check: Checker): Promise<string[]> {
  const { topics: named, deadLetters, groupOf, obstacleTo } = connector
  const source = await checkCluster('source', connector.openSource, check)
  if (!source) return (named ?? []).filter(topic => obstacleTo(topic) === undefined)
  const topics = named ?? (await checkPattern(connector, source, check))
  for (const topic of topics) {
    await check(`source topic ${topic}`, async () => {
      const obstacle = obstacleTo(topic)
      if (obstacle) throw new CodedError('CONFIG_INVALID', obstacle)
      return describeTopic(await source.access.topic(topic), 'READ')
    })
  }
  for (const group of new Set(topics.map(groupOf))) {
    await check(`source group ${group}`, async () => describeAllowed(await source.access.group(group), 'READ'))
  }
  for (const topic of deadLetters) {
    await check(`source topic ${topic.topic}`, () => describeFailureTopic(topic, source))
  }
  const written = topics.filter(topic => obstacleTo(topic) === undefined)
  const failed = deadLetters.map(({ topic }) => topic)
  const { detail, risks } = await checkRetention({ ...source, topics: written, deadLetters: failed })
  if (detail !== undefined) await check('source retention', async () => detail)
  for (const { topic, warning } of risks) await check(`retention of ${topic}`, async () => ({ warning }))
  return written
}

/**
 * Checks whether the brokers can be reached: first the configured ones, then, with the login, those that they advertise.
 *
 * @returns the cluster; undefined when a check failed
 */
async function checkCluster<Cluster extends CheckedCluster>(
  role: string,
  open: () => Promise<Cluster>,
  check: Checker,
): Promise<Cluster | undefined> {
  let cluster: Cluster | undefined
  await check(`${role} brokers`, async () => {
    const opened = await open()
    const { connection } = opened
    await reachAll(connection.brokers, connection)
    cluster = opened
    return connection.brokers.join(', ')
  })
  if (!cluster) return undefined
  const { connection, access } = cluster
  let others: string[] | undefined
  await check(`${role} login`, async () => {
    others = (await access.brokers()).filter(broker => !connection.brokers.includes(broker))
    return describeLogin(connection)
  })
  if (!others) return undefined
  if (others.length === 0) return cluster
  const advertised = others
  const reached = await check(`${role} advertised brokers`, async () => {
    await reachAll(advertised, connection)
    return advertised.join(', ')
  })
  return reached ? cluster : undefined
}

async function reachAll(brokers: string[], connection: KafkaSettings): Promise<void> {
  await Promise.all(brokers.map(broker => reachBroker(broker, connection)))
}

async function checkPattern(connector: ConnectorCheck, { admin }: CheckedCluster, check: Checker): Promise<string[]> {
  const { pattern, isExcluded } = connector
  let topics: string[] = []
  await check('source pattern', async () => {
    if (!pattern) throw new CodedError('CONFIG_INVALID', 'neither topics nor a pattern is set')
    topics = matchingTopics(pattern, (await admin.partitionCounts()).keys(), isExcluded)
    if (topics.length === 0)
      throw new CodedError('KAFKA_REJECTED', 'no topic matches, or DESCRIBE is not allowed on those that do')
    return topics.length === 1 ? '1 topic matches' : `${topics.length} topics match`
  })
  return topics
}

async function checkStore({ store: checked }: ConnectorCheck, check: Checker): Promise<void> {
  if (!checked) return
  const { store, probeKey: key } = checked
  const body = Buffer.from(`${randomUUID()}\n`)
  const written = await check('bucket write', async () => {
    await store.put({ key, body, contentType: 'text/plain', metadata: {} })
    return key
  })
  if (!written) return
  await check('bucket read', async () => {
    const read = await readIfAllowed(store, key)
    if (read === 'denied') return 'not allowed, so what was written was not compared'
    if (read && body.equals(read)) return key
    throw new CodedError(
      'STORE_ANSWER_INVALID',
      `${key} was written, but reading it gives ${read ? 'other bytes' : 'nothing'}`,
    )
  })
  await check('bucket delete', async () => {
    await store.delete(key)
    const read = await readIfAllowed(store, key)
    if (read instanceof Buffer)
      throw new CodedError('STORE_ANSWER_INVALID', `${key} was deleted, but can still be read`)
    return key
  })
  if (checked.createOnce) await check('bucket create once', checked.createOnce)
  // Without the permission to list, nothing can be said.
  const forgotten = await checked.forgotten?.().catch(() => undefined)
  if (forgotten) await check('bucket staged', async () => refuseForgotten(forgotten))
}

/** Somebody took rotation away before everything was compacted. */
function refuseForgotten(key: string): never {
  const advice = 'declare rotate: {} until nothing is staged, or run serverless connectors compact'
  throw new CodedError('CONFIG_INVALID', `${key} waits for compaction, but there is no rotation any more: ${advice}`)
}

/**
 * The object's bytes; undefined when there is none. A connector needs no permission to read, and without the permission to
 * list, AWS denies access to an object that doesn't exist.
 *
 * @throws CodedError when the store can't be reached
 */
async function readIfAllowed(store: Pick<ObjectStore, 'get'>, key: string): Promise<Buffer | 'denied' | undefined> {
  try {
    return await store.get(key)
  } catch (error) {
    const { code, cause } = asCodedError(error)
    if (code === 'STORE_ACCESS_DENIED') return 'denied'
    if (code === 'STORE_OBJECT_MISSING' || (code === 'STORE_REJECTED' && statusOf(cause) === NOT_FOUND))
      return undefined
    throw error
  }
}

async function checkTarget(
  target: NonNullable<ConnectorCheck['target']>,
  sourceTopics: Promise<string[]>,
  check: Checker,
): Promise<void> {
  if (!(await checkCluster('target', async () => target, check))) return
  const remoteTopics = new Set((await sourceTopics).map(target.remoteTopic))
  for (const topic of remoteTopics) {
    await check(`target topic ${topic}`, async () => {
      const access = await target.access.topic(topic)
      if (access.partitions > 0) return describeTopic(access, 'WRITE')
      await target.admin.validateTopic({ topic, partitions: 1, replicas: target.replicas, settings: {} })
      return 'does not exist yet and may be created'
    })
  }
}

function describeLogin({ securityProtocol, sasl, cert }: KafkaSettings): string {
  if (sasl) return `${securityProtocol}, ${sasl.mechanism} as ${sasl.username ?? 'the function’s role'}`
  return `${securityProtocol}, ${cert ? 'with a client certificate' : 'without a login'}`
}

function describeTopic({ partitions, allowed }: TopicAccess, operation: 'READ' | 'WRITE'): string {
  if (partitions === 0) throw new CodedError('KAFKA_REJECTED', 'does not exist, or DESCRIBE is not allowed')
  return `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}, ${describeAllowed(allowed, operation)}`
}

/** A topic for failed records, which the first of them creates. */
async function describeFailureTopic(topic: NewTopic, { access, admin, connection }: CheckedCluster): Promise<string> {
  const found = await access.topic(topic.topic)
  if (found.partitions > 0) return describeTopic(found, 'WRITE')
  await admin.validateTopic(topic).catch(thrown => {
    const { code, message, retryable } = asCodedError(thrown)
    if (retryable) throw thrown
    const advice = `with a login that may create it, run: ${creationCommand(topic, connection)}`
    throw new CodedError(code, `does not exist, or DESCRIBE is not allowed. ${message} If it does not exist, ${advice}`)
  })
  return `does not exist yet and may be created, ${describeAllowed(found.allowed, 'WRITE')}`
}

function describeAllowed(allowed: string[], operation: 'READ' | 'WRITE'): string {
  if (!allowed.includes(operation)) throw new CodedError('KAFKA_ACCESS_DENIED', `${operation} is not allowed`)
  return `${operation} allowed`
}
