import { randomUUID } from 'node:crypto'
import { CodedError } from '../../../../lib/error.ts'
import { UnknownTopicError } from '../../../../lib/kafka/error.ts'
import type { OutgoingRecord } from '../../../../lib/record.ts'
import type { TargetClients } from '../../../../lib/restore/target-clients.ts'
import type { SimulatedWorker } from '../scheduler.ts'

export interface LoggedRecord {
  record: OutgoingRecord
  state: 'open' | 'committed' | 'aborted'
}

interface SimulatedTopic {
  id: string
  partitions: LoggedRecord[][]
}

/** What a worker owns of a transactional id. */
interface Claim {
  id: string
  epoch: number
}

/** A mistake that the simulation has to find. */
export const plantedBugs = {
  'the map is committed apart from the records': 'apart',
  'a producer that lost its id may continue': 'unfenced',
  'a topic that was made again counts as the one before': 'same id',
  'a topic’s id is asked once only': 'old id',
  'it is not marked that a restore has begun': 'no mark',
} as const
export type PlantedBug = (typeof plantedBugs)[keyof typeof plantedBugs]

const fenced = () => new CodedError('KAFKA_REJECTED', 'Another producer has taken the id.', { retryable: true })
const unknown = (topic: string) => new UnknownTopicError(topic, `The topic ${topic} does not exist.`, false)

/** A cluster in memory: topics with ids, transactions, and the ids of their producers. */
export class SimulatedCluster {
  readonly topics = new Map<string, SimulatedTopic>()
  readonly #producers = new Map<string, { epoch: number; open: LoggedRecord[] }>()
  readonly planted: PlantedBug | undefined
  /** How often readers may have come to see something else. */
  changes = 0

  constructor(planted?: PlantedBug) {
    this.planted = planted
  }

  create(topic: string, partitions: number): void {
    if (this.topics.has(topic)) return
    this.topics.set(topic, { id: randomUUID(), partitions: Array.from({ length: partitions }, () => []) })
  }

  /** The committed records of a partition with their offsets. */
  committed(topic: string, partition: number): { offset: number; record: OutgoingRecord }[] {
    const log = this.topics.get(topic)?.partitions[partition] ?? []
    return log.flatMap(({ record, state }, offset) => (state === 'committed' ? [{ offset, record }] : []))
  }

  claim(id: string): Claim {
    const before = this.#producers.get(id)
    for (const one of before?.open ?? []) one.state = 'aborted'
    const epoch = (before?.epoch ?? 0) + 1
    this.#producers.set(id, { epoch, open: [] })
    return { id, epoch }
  }

  end(claim: Claim, commit: boolean): void {
    const producer = this.#owned(claim)
    // The marker takes an offset in each partition, which nobody can read.
    for (const one of producer.open) one.state = commit ? 'committed' : 'aborted'
    producer.open = []
    this.changes += 1
  }

  /** @returns where the records are, partition by partition */
  append(topic: string, records: OutgoingRecord[], claim?: Claim) {
    const producer = claim && this.#owned(claim)
    const { partitions } = this.#existing(topic)
    this.changes += 1
    const groups = [...Map.groupBy(records, ({ partition = 0 }) => partition)]
    return groups.map(([partition, some]) => {
      const log = partitions[partition] as LoggedRecord[]
      const firstOffset = log.length
      for (const record of some) {
        const logged: LoggedRecord = { record, state: producer ? 'open' : 'committed' }
        log.push(logged)
        producer?.open.push(logged)
      }
      return { partition, firstOffset, records: some.length }
    })
  }

  #owned({ id, epoch }: Claim) {
    const producer = this.#producers.get(id)
    if (!producer || (producer.epoch !== epoch && this.planted !== 'unfenced')) throw fenced()
    return producer
  }

  #existing(topic: string): SimulatedTopic {
    const found = this.topics.get(topic)
    if (!found) throw unknown(topic)
    return found
  }

  /** The cluster as a worker's process sees it. */
  clients(worker: SimulatedWorker): TargetClients {
    const ids = new Map<string, string>()
    const idOf = (topic: string) => {
      const { id } = this.#existing(topic)
      if (this.planted === 'same id') return 'id'
      if (this.planted !== 'old id') return id
      ids.set(topic, ids.get(topic) ?? id)
      return ids.get(topic) as string
    }
    const send = async (topic: string, records: OutgoingRecord[]) => {
      const isMark = this.planted === 'no mark' && topic.includes('offset-map')
      return isMark ? [] : await worker.turn(`send to ${topic}`, () => this.append(topic, records))
    }
    return {
      admin: {
        clusterId: async () => 'target',
        partitionCount: topic =>
          worker.turn(`count of ${topic}`, () => this.topics.get(topic)?.partitions.length as number | undefined),
        settingsInEffect: async () => new Map(),
        createTopic: ({ topic, partitions }) => worker.turn(`create ${topic}`, () => this.create(topic, partitions)),
        validateTopic: async () => {},
        deleteTopic: topic => worker.turn(`delete ${topic}`, () => void this.topics.delete(topic)),
        addPartitions: async () => new Map(),
      },
      hasRecords: topic =>
        worker.turn(`records of ${topic}`, () =>
          this.#existing(topic).partitions.some((_, partition) => this.committed(topic, partition).length > 0),
        ),
      bounds: topic =>
        worker.turn(`bounds of ${topic}`, () => {
          const { partitions } = this.#existing(topic)
          return new Map(partitions.map((log, partition) => [partition, { start: 0, end: log.length }]))
        }),
      topicId: topic => worker.turn(`id of ${topic}`, () => idOf(topic)),
      producer: { send },
      transactions: this.#transactions(worker),
      log: { read: (topic, from, taker) => worker.turn('read the map', () => this.#read(topic, from, taker)) },
    } as TargetClients
  }

  #read(topic: string, from: number, taker: Parameters<TargetClients['log']['read']>[2]): number {
    const log = this.#existing(topic).partitions[0] ?? []
    let next = log.length
    for (const [offset, { state, record }] of log.entries()) {
      if (offset < from) continue
      if (state === 'open') next = Math.min(next, offset)
      if (state === 'committed') taker.take(record)
    }
    return next
  }

  /** As `createTransactions`: an id is claimed on first use, and again after an error. */
  #transactions(worker: SimulatedWorker): NonNullable<TargetClients['transactions']> {
    const claims = new Map<string, Claim>()
    return {
      settled: async () => {},
      transaction: async (id, _, run) => {
        const known = claims.get(id)
        const claim = known ?? (await worker.turn(`claim ${id}`, () => this.claim(id)))
        claims.set(id, claim)
        const committed: (() => void)[] = []
        let isOpen = false
        try {
          const result = await run({
            claimed: !known,
            send: async (topic, records) => {
              if (records.length === 0) return []
              isOpen = true
              const apart = this.planted === 'apart' && topic.includes('offset-map')
              return await worker.turn(`send to ${topic}`, () => this.append(topic, records, apart ? undefined : claim))
            },
            whenCommitted: then => void committed.push(then),
          })
          if (isOpen) await worker.turn(`commit ${id}`, () => this.end(claim, true))
          for (const then of committed) then()
          return result
        } catch (error) {
          claims.delete(id)
          if (isOpen) await worker.turn(`abort ${id}`, () => this.end(claim, false)).catch(() => {})
          throw error
        }
      },
    }
  }
}
