import { randomUUID } from 'node:crypto'
import { type ClusterAdmin, createAdmin } from '../../kafka/admin/admin.ts'
import type { KafkaSettings } from '../../kafka/client/settings.ts'
import { openDestination } from '../destination/destination.ts'
import type { Destination } from '../destination/discarded.ts'
import type { SchemaReader } from '../intake/schema-reader.ts'
import type { Log } from '../log.ts'
import type { EventSourceMapping } from '../mapping/event-source-mapping.ts'
import { NO_RECORDS } from '../mapping/mappings.ts'
import { parseOnFailure } from '../mapping/on-failure.ts'
import { DEFAULT_PARTIAL_RESPONSES, type PartialResponses } from '../mapping/partial-responses.ts'
import { atMost } from './at-most.ts'
import { Lag } from './lag.ts'
import { Member } from './member.ts'
import { type PollerLimits, pollerLimits, pollersFor, SLOW_MS } from './scaling.ts'

export interface PollerOptions {
  mapping: EventSourceMapping
  connection: KafkaSettings
  /** Calls the function with an event as JSON. A rejection means that the function failed. */
  invoke(payload: Buffer): Promise<unknown>
  /** Takes the number of records of the topic that are not read yet, every few seconds while the mapping reads. */
  onLag(records: number): void
  log: Log
  /** Of the mapping, for what it puts into a bucket; default: a random one. */
  uuid?: string
  /** What comes again when the function lists failed records; default: {@link DEFAULT_PARTIAL_RESPONSES}. */
  partialResponses?: PartialResponses
  /** Of the mapping's schema registry, if it has one. */
  schemas?: SchemaReader
  /** From one figure of the lag to the next, in milliseconds; default: that of {@link Lag}. */
  lagPauseMs?: number
}

/** How long `stop` waits for connections to close, after the members. */
const CLOSE_MS = 1_000

/**
 * Runs one event source mapping: one or several members of its group read its topic and call the function. Their number follows
 * the lag, within the mapping's limits.
 */
export class Poller {
  readonly #options: PollerOptions
  readonly #limits: PollerLimits
  readonly #admin: ClusterAdmin
  readonly #destination: Destination | undefined
  readonly #lag: Lag
  #members: Member[] = []
  /** Those that the last change of their number left without a place: they may still be committing what they delivered. */
  #leaving: Member[] = []
  /** At the last look at the number of members. */
  #lagBefore: number | undefined
  /** How many figures of the lag there were. */
  #lags = 0
  /** Whether a member that is gone has called the function. */
  #hasInvoked = false
  /** The change of the number of members that is under way. */
  #scaling: Promise<void> | undefined
  #isStopping = false
  #stopped: Promise<void> | undefined

  constructor(options: PollerOptions) {
    const { mapping, connection, onLag, uuid = randomUUID(), lagPauseMs } = options
    const { topic, consumerGroupId: groupId } = mapping
    this.#options = options
    this.#limits = pollerLimits(mapping)
    this.#admin = createAdmin(connection, groupId)
    this.#destination = openDestination({
      onFailure: parseOnFailure(mapping.onFailureDestination),
      connection,
      origin: { ...mapping, bootstrapServers: connection.brokers.join() },
      uuid,
    })
    const report = (records: number) => {
      onLag(records)
      this.#lags += 1
      if (this.#lags % this.#limits.everyLags === 0) this.#look(records)
    }
    this.#lag = new Lag({ connection, topic, groupId, report, pauseMs: lagPauseMs })
  }

  /**
   * `OK`, `No records processed`, or a problem. On AWS it is that of the last invocation. Here a problem stays as long as
   * records wait for their next attempt, so that a partition that stands doesn't disappear behind others that continue.
   *
   * Source: AWS Lambda API, EventSourceMappingConfiguration, `LastProcessingResult`; the texts are those of Lambda's examples.
   */
  get lastResult(): string {
    const states = this.#members.map(({ state }) => state)
    const trouble = states.find(({ trouble }) => trouble !== undefined)?.trouble
    if (trouble !== undefined) return `PROBLEM: ${trouble}`
    if (states.some(({ isRetrying }) => isRetrying)) return 'PROBLEM: Function call failed'
    return this.#hasInvoked || states.some(({ hasInvoked }) => hasInvoked) ? 'OK' : NO_RECORDS
  }

  /** Starts polling. Resolves when the group has been joined, which waits for the cluster and the topic without limit. */
  async start(): Promise<void> {
    const { mapping, connection } = this.#options
    const { consumerGroupId, batchSize, batchingWindowMs, provisionedPollers: provisioned } = mapping
    const limits = `batch ${batchSize} / ${batchingWindowMs / 1000} s`
    const pollers = provisioned ? `, ${provisioned.minimum}–${provisioned.maximum} pollers` : ''
    this.#say('notice', `group ${consumerGroupId}, ${limits}${pollers}, ${connection.brokers.join()}`)
    await this.#add().start()
    void this.#lag.start()
    this.#look(undefined)
  }

  /**
   * Commits the current invocations if they end soon, and leaves the group. Takes at most 6 s; records that were not
   * delivered and committed by then are delivered again after the next start.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    this.#isStopping = true
    const lag = this.#lag.stop()
    await Promise.all([...this.#members, ...this.#leaving].map(member => member.stop()))
    await atMost(CLOSE_MS, Promise.allSettled([lag, this.#destination?.close()]))
  }

  #add(): Member {
    const { mapping, connection, invoke, log, schemas, partialResponses = DEFAULT_PARTIAL_RESPONSES } = this.#options
    const member = new Member({
      ...{ mapping, connection, invoke, log, schemas, partialResponses },
      destination: this.#destination,
      onAssigned: () => this.#lag.assign(new Set(this.#members.flatMap(({ assigned }) => [...assigned]))),
      onTrouble: reason => this.#warn(reason),
    })
    this.#members.push(member)
    return member
  }

  /** Says once what several members meet. */
  #warn(reason: string) {
    const waiting = this.#members.filter(({ state }) => state.trouble === reason)
    if (waiting.length === 1) this.#say('warning', `waiting: ${reason}`)
  }

  /** Looks whether there should be more or fewer members, unless a change is under way. */
  #look(lag: number | undefined) {
    if (this.#isStopping || this.#scaling) return
    this.#scaling = this.#scale(lag)
      // A cluster that is away is the members' to report. The next look is soon.
      .catch(() => {})
      .finally(() => {
        this.#scaling = undefined
      })
  }

  async #scale(lag: number | undefined): Promise<void> {
    const { mapping } = this.#options
    const partitions = (await this.#admin.partitionCount(mapping.topic)) ?? 0
    const pollers = this.#members.length
    const states = this.#members.map(({ state }) => state)
    const isSlow = states.some(({ isRetrying, busyMs }) => isRetrying || busyMs > SLOW_MS)
    const { batchSize } = mapping
    const load = { pollers, partitions, lag, lagBefore: this.#lagBefore, batchSize, isSlow }
    const wanted = pollersFor(this.#limits, load)
    this.#lagBefore = lag
    if (this.#isStopping || wanted === pollers) return
    this.#say('notice', `${wanted} ${wanted === 1 ? 'poller' : 'pollers'}${lag ? `, ${lag} records behind` : ''}`)
    const added = Array.from({ length: Math.max(wanted - pollers, 0) }, () => this.#add())
    this.#leaving = this.#members.splice(wanted)
    this.#hasInvoked ||= this.#leaving.some(({ state }) => state.hasInvoked)
    await Promise.all([...added.map(member => member.start()), ...this.#leaving.map(member => member.stop())])
  }

  #say(level: keyof Log, text: string) {
    const { topic, functionKey } = this.#options.mapping
    this.#options.log[level](`Kafka  ${topic} → ${functionKey}  ${text}`)
  }
}
