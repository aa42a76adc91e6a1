import { setTimeout as sleep } from 'node:timers/promises'
import { type Consumer, type EachBatchPayload, Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { CodedError } from '../../error.ts'
import { createAdmin } from '../admin/admin.ts'
import { createTopicIds } from '../admin/topic-id.ts'
import { type KafkaSettings, kafkajsConfig } from '../client/settings.ts'
import { consumedHeaders } from './consumed-headers.ts'
import type { ConsumedRecord } from './consumed-record.ts'
import { FetchedBatch } from './fetched-batch.ts'
import { mended } from './mended-runner.ts'
import { hideNegativeTimeouts } from './negative-timeout.ts'
import { Start, type StartingPosition } from './start-position.ts'
import { whileRunning } from './while-running.ts'
import { wholeBatches } from './whole-batches.ts'

/** The records of one partition in one fetch response. */
export interface Fetch {
  partition: number
  records: ConsumedRecord[]
  /** The offset after the partition's last record. */
  highWatermark: number
  /** True once these records must be ignored: a seek moved the partition, it was reassigned, or the consumer is stopping. */
  isStale(): boolean
  /** Keeps the membership alive. Rejects when the group rebalances; the rejection must reach the consumer. */
  heartbeat(): Promise<void>
}

export interface ConsumerOptions {
  topic: string
  groupId: string
  startingPosition: StartingPosition
  /** Called at each (re)join of the group with all partitions of this member, before any of their records. */
  onAssigned(partitions: number[]): void
  /**
   * Called when the topic was deleted and created again. Its partitions are then read from their first records, so records that
   * were taken before, and their offsets, are over.
   */
  onRecreated(): void
  /**
   * Takes records. The next fetch waits for its promise, so a receiver without room waits, sending heartbeats.
   *
   * @returns false if it did not take them all; the rest are then fetched again
   */
  onFetch(fetch: Fetch): Promise<boolean>
  /** Reports a problem with the cluster, the topic or the credentials. The consumer keeps trying. */
  onTrouble(reason: string): void
}

/** A member of a consumer group that reads one topic and commits only on request. */
export interface GroupConsumer {
  /** Waits for the cluster and the topic, then joins the group. Resolves once it has joined or was stopped. */
  start(): Promise<void>
  /**
   * Commits the next offset to read of each partition.
   *
   * @throws if the group's coordinator did not accept the commit
   */
  commit(offsets: Map<number, number>): Promise<void>
  pause(partition: number): void
  resume(partition: number): void
  /** The next fetch of the partition begins at this offset. */
  seek(partition: number, offset: number): void
  /** Leaves the group and disconnects. Takes as long as the cluster does when it is just joining. */
  stop(): Promise<void>
}

/**
 * The minimum that brokers accept (`group.min.session.timeout.ms`), so that the partitions of a killed member are
 * reassigned after 6 s.
 */
const SESSION_TIMEOUT_MS = 6_000
const HEARTBEAT_MS = 1_500

/**
 * How long the group waits for members that don't join again; a minute by kafkajs's default, longer than a broker is away. Members here
 * notice within {@link HEARTBEAT_MS} that they have to join.
 */
const REBALANCE_MS = 10_000

/** How long a broker may delay its response while there is nothing to read. `stop` has to wait for that response. */
const MAX_FETCH_MS = 500

/**
 * About a third of a 6 MB batch after base64. The same limit per partition lets one partition fill a fetch, because each
 * partition in a batch results in separate objects. kafkajs shuffles the partitions for each fetch, so none starves.
 */
const FETCH_BYTES = 2 * 1024 * 1024

/** Age at which metadata is refreshed: new partitions of the topic are found within this time. */
const METADATA_AGE_MS = 30_000

const RETRY = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 8 }

/** Pause between checks for a missing topic or cluster, and before a crashed consumer restarts. */
const PAUSE_MS = 1_000

/** Joins a consumer group through kafkajs. */
export function createConsumer(connection: KafkaSettings, options: ConsumerOptions): GroupConsumer {
  const { topic, groupId, startingPosition, onAssigned, onRecreated, onFetch } = options
  hideNegativeTimeouts()
  const client = {
    ...kafkajsConfig(connection),
    clientId: groupId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
  }
  const consumer = new Kafka({ ...client, retry: RETRY }).consumer({
    // A crashed consumer is restarted here: a restart that kafkajs has begun can't be stopped.
    retry: { ...RETRY, restartOnFailure: async () => false },
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: REBALANCE_MS,
    maxWaitTimeInMs: MAX_FETCH_MS,
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: FETCH_BYTES,
    metadataMaxAge: METADATA_AGE_MS,
    allowAutoTopicCreation: false,
    partitionAssigners: [mended(wholeBatches)],
  })
  // Few retries, so that an unreachable cluster is reported soon.
  const cluster = new Kafka({ ...client, retry: { ...RETRY, retries: 1 } })
  // Not kafkajs's admin: its metadata requests make the broker create the topic.
  const admin = createAdmin(connection, groupId)
  const stopping = new AbortController()
  const trouble = oncePerReason(reason => stopping.signal.aborted || options.onTrouble(reason))
  const commitAll = oneAfterAnother((commits: Commit[]) => commitOffsets(consumer, commits))
  // The metadata is that of now: an offset that waits belongs to the topic that its records came from.
  const commit = (offsets: Map<number, number>) =>
    commitAll(
      Array.from(offsets, ([partition, offset]) => ({
        ...{ topic, partition, offset: String(offset), metadata: start.metadata },
      })),
    )
  const ids = createTopicIds(connection, groupId)
  const start = new Start({ topic, groupId, startingPosition, cluster, consumer, ids, commit, onRecreated })
  /** Aborts when the member joins again. */
  let membership = new AbortController()
  /** One for each membership; a watch ends soon after its membership has. */
  const watches = new Set<Promise<void>>()
  /** The current attempt to join the group. */
  let joining: Promise<void> = Promise.resolve()

  async function eachBatch({ batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload) {
    const { signal } = membership
    const { partition, messages, highWatermark } = batch
    const records = (await Promise.all(messages.map(recordsOf))).flat()
    const taken = await onFetch({
      partition,
      records,
      highWatermark: Number(highWatermark),
      isStale: () => signal.aborted || start.holds(partition) || !isRunning() || isStale(),
      heartbeat,
    })
    // After a rejoin the same partition may have to be read again from an earlier offset.
    if (taken && !signal.aborted) resolveOffset(batch.lastOffset())
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
        // kafkajs keeps a connection on which a broker never answered, takes it for a good one, and fails with it each time.
        // One that can't be closed is left to the next attempt: nobody waits for a restart after a crash, so an error would end the process.
        await consumer.disconnect().catch(() => {})
      }
      await wait(PAUSE_MS, stopping.signal)
    }
  }

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    trouble()
    membership.abort()
    membership = new AbortController()
    const partitions = payload.memberAssignment[topic] ?? []
    onAssigned(partitions)
    const either = AbortSignal.any([membership.signal, stopping.signal])
    const watch = start.watch(partitions, either).finally(() => watches.delete(watch))
    watches.add(watch)
  })

  function begin(): Promise<void> {
    joining = untilStarted(join)
    return joining
  }

  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => {
    trouble(reasonOf(error))
    // Whatever the error is: the cluster may return, and a password may be rotated.
    wait(PAUSE_MS, stopping.signal).then(begin)
  })

  return {
    start: begin,
    commit,
    pause: partition => whileRunning(() => consumer.pause([{ topic, partitions: [partition] }])),
    resume: partition => whileRunning(() => consumer.resume([{ topic, partitions: [partition] }])),
    seek: (partition, offset) => whileRunning(() => consumer.seek({ topic, partition, offset: String(offset) })),
    async stop() {
      stopping.abort()
      // kafkajs can't leave a group that it is joining: it would stay as a member that nobody stops, and keep its partitions.
      await joining
      await Promise.all([consumer.disconnect(), Promise.all(watches).then(() => ids.close())])
    },
  }
}

/** The records of what kafkajs takes for a message: a batch, or a record that kafkajs has decoded. */
function recordsOf(message: KafkaMessage | FetchedBatch): Promise<ConsumedRecord[]> | ConsumedRecord[] {
  if (message instanceof FetchedBatch) return message.records()
  const { offset, timestamp, key, value, headers, batchContext } = message as DecodedMessage
  const timestampType = batchContext?.timestampType === LOG_APPEND_TIME ? 'LOG_APPEND_TIME' : 'CREATE_TIME'
  const numbers = { offset: Number(offset), timestamp: Number(timestamp) }
  return [{ ...numbers, timestampType, key, value, headers: consumedHeaders(headers) }]
}

/** Records of before Kafka 0.11 have no batch. */
type DecodedMessage = KafkaMessage & { batchContext?: { timestampType: number } }
const LOG_APPEND_TIME = 1

type Commit = Parameters<Consumer['commitOffsets']>[0][number]

async function commitOffsets(consumer: Consumer, commits: Commit[]): Promise<void> {
  let confirmed = false
  const remove = consumer.on(consumer.events.COMMIT_OFFSETS, () => {
    confirmed = true
  })
  try {
    await consumer.commitOffsets(commits)
  } finally {
    remove()
  }
  // While kafkajs restarts after a lost connection, it resolves without committing anything.
  if (!confirmed) throw new Error('the consumer is not connected')
}

function oneAfterAnother<A, R>(run: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve()
  return argument => {
    const next = last.then(() => run(argument))
    last = next.catch(() => {})
    return next
  }
}

/** Reports a reason only when it changes. A call without one resets it. */
function oncePerReason(report: (reason: string) => unknown): (reason?: string) => void {
  let reported: string | undefined
  return reason => {
    if (reason && reason !== reported) report(reason)
    reported = reason
  }
}

/**
 * The message of the innermost error: kafkajs wraps it in errors that only report the number of retries. The messages of
 * our own errors already include it.
 */
function reasonOf(thrown: unknown): string {
  const error = thrown as Error
  return error.cause && !(error instanceof CodedError) ? reasonOf(error.cause) : error.message
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause early; the caller checks the signal.
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}
