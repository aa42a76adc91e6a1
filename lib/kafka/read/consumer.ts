import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin, type Consumer, type EachBatchPayload, Kafka, logLevel } from 'kafkajs'
import { CodedError } from '../../error.ts'
import { createAdmin } from '../admin/admin.ts'
import './codecs.ts'
import { type KafkaSettings, kafkajsConfig } from '../client/settings.ts'

/** A record as it was consumed. Numbers are decimal text, because that is how they come and how JSON wants them. */
export interface ConsumedRecord {
  offset: string
  /** Milliseconds since the epoch; `-1` when Kafka has none. */
  timestamp: string
  key: Buffer | null
  value: Buffer | null
  /** A repeated header has an array of values. */
  headers?: { [name: string]: HeaderValue | HeaderValue[] | undefined }
  /** What its records have in common: `timestampType` is 1 when the broker set the timestamp. */
  batchContext?: { timestampType?: number }
}

export type HeaderValue = Buffer | string | null

/** The records of one partition that came with one answer of a broker. */
export interface Fetch {
  partition: number
  records: ConsumedRecord[]
  /** The offset after the partition's last record. */
  highWatermark: number
  /** True once these records may no longer be taken: the partition was sought elsewhere, reassigned, or all stops. */
  isStale(): boolean
  /** Keeps the membership alive. Rejects when the group rebalances; the rejection must reach the consumer. */
  heartbeat(): Promise<void>
}

/** Where a group begins that has no committed offset. */
export type StartingPosition =
  | { type: 'TRIM_HORIZON' }
  | { type: 'LATEST' }
  /** Milliseconds since the epoch. */
  | { type: 'AT_TIMESTAMP'; timestamp: number }

export interface ConsumerOptions {
  topic: string
  groupId: string
  startingPosition: StartingPosition
  /** All partitions that this member now has, at each (re)join of the group and before any of their records. */
  onAssigned(partitions: number[]): void
  /**
   * Takes records. No further ones come before its promise is settled, so a taker without room waits, with heartbeats.
   * False: not all of them were taken, bring the rest again.
   */
  onFetch(fetch: Fetch): Promise<boolean>
  /** Something is wrong with the cluster, the topic or the credentials. The consumer keeps trying by itself. */
  onTrouble(reason: string): void
}

/** A member of a consumer group that reads one topic and commits only what it is told to. */
export interface GroupConsumer {
  /** Waits for the cluster and the topic, then joins the group. Settles when it has joined or was stopped. */
  start(): Promise<void>
  /**
   * Commits the next offset to read per partition.
   *
   * @throws when the group's coordinator did not take it
   */
  commit(offsets: Map<number, number>): Promise<void>
  pause(partition: number): void
  resume(partition: number): void
  /** Makes the next fetch of the partition begin at this offset. */
  seek(partition: number, offset: number): void
  /** Leaves the group and disconnects. */
  stop(): Promise<void>
}

/**
 * The least that brokers accept (`group.min.session.timeout.ms`), so that a member that was killed is forgotten, and its
 * partitions are handed out again, after 6 s.
 */
const SESSION_TIMEOUT_MS = 6_000
const HEARTBEAT_MS = 1_500

/** How long a broker may hold back its answer when there is nothing to read. A stop has to wait for that answer. */
const MAX_FETCH_MS = 500

/**
 * A third of a batch of 6 MB of base64, and from as few partitions as have it, since each partition of a batch makes objects
 * of its own. kafkajs puts the partitions into another order each time, so none waits for ever.
 */
const FETCH_BYTES = 2 * 1024 * 1024

/** How soon new partitions of the topic are noticed. */
const METADATA_AGE_MS = 30_000

const RETRY = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 8 }

/** Between two looks for a topic or a cluster that isn't there yet, and before a crashed consumer starts again. */
const PAUSE_MS = 1_000

/** Joins a consumer group through kafkajs. */
export function createConsumer(connection: KafkaSettings, options: ConsumerOptions): GroupConsumer {
  const { topic, groupId, startingPosition, onAssigned, onFetch } = options
  const client = {
    ...kafkajsConfig(connection),
    clientId: groupId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
  }
  const consumer = new Kafka({ ...client, retry: RETRY }).consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    maxWaitTimeInMs: MAX_FETCH_MS,
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: FETCH_BYTES,
    metadataMaxAge: METADATA_AGE_MS,
    allowAutoTopicCreation: false,
  })
  // Few retries of its own: whoever waits for the cluster wants to hear soon that it can't be reached.
  const cluster = new Kafka({ ...client, retry: { ...RETRY, retries: 1 } })
  // kafkajs's own makes the broker create a topic that it asks for by name.
  const admin = createAdmin(connection, groupId)
  const stopping = new AbortController()
  const trouble = oncePerReason(reason => stopping.signal.aborted || options.onTrouble(reason))
  const commit = oneAfterAnother((offsets: Map<number, number>) => commitOffsets(consumer, topic, offsets))
  const anchor = createAnchor(cluster, consumer, options, commit)
  let joins = 0

  async function eachBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload) {
    const join = joins
    const { partition, messages: records, highWatermark } = batch
    const taken = await onFetch({
      partition,
      records,
      highWatermark: Number(highWatermark),
      isStale: () => join !== joins || !isRunning() || isStale(),
      heartbeat,
    })
    // After a new join the same partition may have to be read from an earlier offset again.
    if (taken && join === joins) resolveOffset(batch.lastOffset())
  }

  const run = () => consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })

  async function join() {
    if (!(await admin.partitionCount(topic))) throw new Error(`the topic ${topic} does not exist yet`)
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: startingPosition.type !== 'LATEST' })
    if (!stopping.signal.aborted) await run()
  }

  async function untilStarted(attempt: () => Promise<void>) {
    while (!stopping.signal.aborted) {
      try {
        return await attempt()
      } catch (error) {
        trouble(reasonOf(error))
      }
      await wait(PAUSE_MS, stopping.signal)
    }
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    joins += 1
    trouble()
    const join = joins
    const partitions = payload.memberAssignment[topic] ?? []
    onAssigned(partitions)
    anchor(partitions, () => stopping.signal.aborted || join !== joins)
  })

  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    trouble(reasonOf(error))
    // kafkajs gives up on errors that it deems final, such as no broker in sight or a password that is being changed.
    if (!restart) wait(PAUSE_MS, stopping.signal).then(() => untilStarted(join))
  })

  return {
    start: () => untilStarted(join),
    commit,
    pause: partition => whileRunning(() => consumer.pause([{ topic, partitions: [partition] }])),
    resume: partition => whileRunning(() => consumer.resume([{ topic, partitions: [partition] }])),
    seek: (partition, offset) => whileRunning(() => consumer.seek({ topic, partition, offset: String(offset) })),
    async stop() {
      stopping.abort()
      await consumer.disconnect()
    },
  }
}

async function withAdmin<T>(cluster: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = cluster.admin()
  try {
    await admin.connect()
    return await ask(admin)
  } finally {
    await admin.disconnect()
  }
}

async function commitOffsets(consumer: Consumer, topic: string, offsets: Map<number, number>): Promise<void> {
  let confirmed = false
  const remove = consumer.on(consumer.events.COMMIT_OFFSETS, () => {
    confirmed = true
  })
  try {
    await consumer.commitOffsets(
      Array.from(offsets, ([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    )
  } finally {
    remove()
  }
  // kafkajs resolves without having committed anything while it restarts after a lost connection.
  if (!confirmed) throw new Error('the consumer is not connected')
}

/**
 * Commits where a new group begins, when that is not the topic's beginning. Else a group that stops before its first
 * commit would begin at another place the next time, and lose what came in between.
 */
function createAnchor(
  cluster: Kafka,
  consumer: Consumer,
  { topic, groupId, startingPosition }: ConsumerOptions,
  commit: (offsets: Map<number, number>) => Promise<void>,
) {
  const anchored = new Set<number>()

  async function startOffsets(partitions: number[]): Promise<Map<number, number>> {
    return await withAdmin(cluster, async admin => {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
      const without = committed?.partitions.filter(
        ({ partition, offset }) => offset === '-1' && partitions.includes(partition),
      )
      if (!without?.length) return new Map()
      const starts =
        startingPosition.type === 'AT_TIMESTAMP'
          ? await admin.fetchTopicOffsetsByTimestamp(topic, startingPosition.timestamp)
          : await admin.fetchTopicOffsets(topic)
      const offsets = new Map(starts.map(({ partition, offset }) => [partition, Number(offset)]))
      return new Map(without.map(({ partition }) => [partition, offsets.get(partition) ?? 0]))
    })
  }

  return async (partitions: number[], isOver: () => boolean): Promise<void> => {
    const pending = partitions.filter(partition => !anchored.has(partition))
    if (startingPosition.type === 'TRIM_HORIZON' || pending.length === 0) return
    whileRunning(() => consumer.pause([{ topic, partitions: pending }]))
    while (!isOver()) {
      try {
        const offsets = await startOffsets(pending)
        if (isOver()) return
        if (offsets.size > 0) await commit(offsets)
        for (const [partition, offset] of offsets) consumer.seek({ topic, partition, offset: String(offset) })
        for (const partition of pending) anchored.add(partition)
        return consumer.resume([{ topic, partitions: pending }])
      } catch {
        // The group rebalances, which makes this call over, or the cluster is away for a moment.
        await sleep(PAUSE_MS)
      }
    }
  }
}

/** While kafkajs restarts there is nothing to pause or seek: it begins anew, and so does its taker in `onAssigned`. */
function whileRunning(action: () => void) {
  try {
    action()
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error
  }
}

function oneAfterAnother<A, R>(run: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return argument => {
    const next = last.then(() => run(argument))
    last = next.catch(() => {})
    return next
  }
}

/** Passes on a reason once, until there is another one or, in between, none. */
function oncePerReason(report: (reason: string) => unknown): (reason?: string) => void {
  let reported: string | undefined
  return reason => {
    if (reason && reason !== reported) report(reason)
    reported = reason
  }
}

/** The innermost reason: kafkajs wraps it in errors that only say how often it was tried. Our own errors have it in them. */
function reasonOf(thrown: unknown): string {
  const error = thrown as Error
  return error.cause && !(error instanceof CodedError) ? reasonOf(error.cause) : error.message
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause early; whoever waits looks at the signal by himself.
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}
