import { asCodedError } from '../../../../lib/error.ts'
import type { PartitionerName } from '../../../../lib/kafka/produce/partitioner.ts'
import type { KafkaRecord } from '../../../../lib/record.ts'
import { decodeSegment } from '../../../../lib/replication/offsets/offset-map-segment.ts'
import { restoredTopicId } from '../../../../lib/restore/identity.ts'
import { createPlaceTally } from '../../../../lib/restore/place-tally.ts'
import { createPlaceWriter } from '../../../../lib/restore/place-writer.ts'
import { prepareTopics } from '../../../../lib/restore/prepare.ts'
import type { PreparedTopic, Restoration } from '../../../../lib/restore/restoration.ts'
import { RESTORE_MAP_TOPIC } from '../../../../lib/restore/target.ts'
import { memoryDump } from '../../memory-dump.ts'
import { noProgress, restorationOf } from '../../restoring.ts'
import { Random } from '../random.ts'
import { type Faults, NO_FAULTS, Scheduler, type SimulatedWorker } from '../scheduler.ts'
import { type PlantedBug, SimulatedCluster } from './cluster.ts'

const TOPIC = 'orders'
const SOURCE_PARTITIONS = 2

/** A run's time, shorter than any pause of a retry: what fails ends the run, and another one begins. */
const RUN_MS = 190

/** What a history has shown that must never be. */
export class Violation extends Error {
  override name = 'Violation'
}

/**
 * One restore by several processes that know nothing of each other, killed, frozen and cut off from answers at any call, while
 * somebody deletes the target topic and makes it again. The real code runs on a cluster in memory.
 */
export async function runRestoreHistory(
  seed: number,
  planted?: PlantedBug,
  isTraced = false,
): Promise<{ failure?: Violation; trace: string[]; calls: number }> {
  const scheduler = new Scheduler(new Random(seed), 1_800_000_000_000, isTraced)
  const now = Date.now
  Date.now = () => scheduler.now
  try {
    await new History(scheduler, new SimulatedCluster(planted)).run()
    return { trace: [], calls: scheduler.steps }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    return { failure: error, trace: scheduler.trace ?? [], calls: scheduler.steps }
  } finally {
    Date.now = now
  }
}

class History {
  readonly #scheduler: Scheduler
  readonly #cluster: SimulatedCluster
  readonly #partitioner: PartitionerName
  readonly #records: KafkaRecord[]
  readonly #identity: Restoration['target']['identity']
  #checked = 0
  #unexpected: unknown

  constructor(scheduler: Scheduler, cluster: SimulatedCluster) {
    this.#scheduler = scheduler
    this.#cluster = cluster
    this.#partitioner = scheduler.random.pick(['same', 'same', 'key', 'round-robin'] as const)
    this.#records = dumped(scheduler.random)
    this.#identity = this.#restoration({} as SimulatedWorker).target.identity
  }

  async run(): Promise<void> {
    const { random } = this.#scheduler
    this.#scheduler.watch = () => {
      this.#scheduler.now += random.between(1, 3)
      if (this.#unexpected !== undefined) throw this.#unexpected
      if (this.#cluster.changes === this.#checked) return
      this.#checked = this.#cluster.changes
      this.#check(false)
    }
    for (let worker = random.between(1, 3); worker > 0; worker--)
      this.#scheduler.start(`worker ${worker}`, faultsOf(random), one => this.#restoreSometimes(one))
    if (random.chance(0.5)) this.#scheduler.start('operator', NO_FAULTS, one => this.#makeAgain(one))
    await this.#scheduler.run()
    this.#scheduler.thaw()
    await this.#scheduler.run()
    this.#scheduler.trace?.push('— quiet —')
    this.#scheduler.start('last worker', NO_FAULTS, worker => this.#restore(worker, Number.POSITIVE_INFINITY))
    await this.#scheduler.run()
    if (this.#unexpected !== undefined) throw this.#unexpected
    this.#check(true)
  }

  async #restoreSometimes(worker: SimulatedWorker): Promise<void> {
    for (let runs = this.#scheduler.random.between(1, 3); runs > 0; runs--) await this.#restore(worker, RUN_MS)
  }

  /** Deletes the target topic and creates it again, at some moment. */
  async #makeAgain(worker: SimulatedWorker): Promise<void> {
    for (let calls = this.#scheduler.random.between(5, 60); calls > 0; calls--) await worker.turn('wait', () => true)
    await worker.turn('make the topic again', () => {
      if (!this.#cluster.topics.delete(TOPIC)) return
      this.#cluster.create(TOPIC, SOURCE_PARTITIONS)
    })
  }

  /** A process: new clients, and no memory of what was before. */
  async #restore(worker: SimulatedWorker, lasting: number): Promise<void> {
    const deadline = this.#scheduler.now + lasting
    const restoration = this.#restoration(worker)
    const request = { selection: {}, append: false, purge: [], dryRun: false, strict: false, skipCorrupt: false }
    try {
      const places = await Array.fromAsync(restoration.dumped.partitions({}))
      const [topic] = await prepareTopics(restoration, request, places, {
        deadline,
        signal: new AbortController().signal,
      })
      await restoration.target.refresh()
      const written = places.map(({ partition }) =>
        this.#write(restoration, topic as PreparedTopic, partition, deadline),
      )
      const failed = (await Promise.allSettled(written)).find(one => one.status === 'rejected')
      if (failed) throw failed.reason
    } catch (error) {
      this.#tolerate(error)
    }
  }

  async #write(restoration: Restoration, topic: PreparedTopic, partition: number, deadline: number): Promise<void> {
    const place = { topic: TOPIC, partition }
    const tally = createPlaceTally(place)
    const write = createPlaceWriter(restoration, topic, place, tally, { dryRun: false, append: false })
    const time = { deadline, signal: new AbortController().signal, progress: noProgress }
    const records = this.#records.filter(one => one.partition === partition)
    for (let index = 0; index < records.length && this.#scheduler.now < deadline; ) {
      const batch = records.slice(index, index + this.#scheduler.random.between(1, 4))
      index += batch.length
      const read = { records: batch, next: (batch.at(-1)?.offset ?? 0) + 1, bytes: 0, bytesRead: 0 }
      tally.read(read)
      await write(read, time)
    }
  }

  #restoration(worker: SimulatedWorker): Restoration {
    const routing = { partitioner: this.#partitioner }
    const recorded = { [TOPIC]: { partitions: SOURCE_PARTITIONS } }
    return restorationOf(this.#cluster.clients(worker), { dumped: memoryDump(this.#records), routing, recorded })
  }

  /** What was made to go wrong, or a topic that is away for a moment, ends a run as it would end a command. */
  #tolerate(error: unknown): void {
    const { code, retryable, message } = asCodedError(error)
    const isExpected = retryable || code === 'RESTORE_TARGET_CHANGED' || message.includes('does not exist')
    if (!isExpected) this.#unexpected ??= new Violation(`a run fails: ${(error as Error).stack}`)
  }

  /** @param isOver whether the restore is complete */
  #check(isOver: boolean): void {
    const onTarget = Array.from({ length: SOURCE_PARTITIONS }, (_, at) => this.#cluster.committed(TOPIC, at))
    for (const partition of [0, 1]) {
      const wanted = this.#records.filter(one => one.partition === partition).map(({ offset }) => offset)
      const places = onTarget.flatMap((log, target) =>
        log.flatMap(({ offset, record }) => {
          const [source, of] = String(record.value).split('/').map(Number)
          return source === partition ? [{ target, offset, source: of as number }] : []
        }),
      )
      const offsets = places.map(({ source }) => source)
      if (new Set(offsets).size < offsets.length) throw new Violation(`records of ${partition} twice: ${offsets}`)
      for (const target of [0, 1]) {
        const inOrder = places.filter(one => one.target === target).map(({ source }) => source)
        if (inOrder.some((offset, index) => offset < (inOrder[index - 1] ?? -1)))
          throw new Violation(`records of ${partition} out of order: ${inOrder}`)
      }
      if (isOver && offsets.length !== wanted.length)
        throw new Violation(`records of ${partition}: ${offsets} instead of ${wanted}`)
      this.#checkMap(partition, places)
    }
  }

  /** The map of the present topic says which records are there, and with the partitions of the source also where. */
  #checkMap(partition: number, places: { offset: number; source: number }[]): void {
    const id = this.#cluster.topics.get(TOPIC)?.id
    const topicId = id && restoredTopicId(this.#identity, TOPIC, id)
    const known = new Map<number, number>()
    for (const { record } of this.#cluster.committed(RESTORE_MAP_TOPIC, 0)) {
      const segment = decodeSegment(record as { key: Buffer; value: Buffer })
      if (segment.topicId !== topicId || segment.partition !== partition) continue
      for (const { sourceFirst, targetFirst, count } of segment.spans)
        for (let index = 0; index < count; index++) known.set(sourceFirst + index, targetFirst + index)
    }
    const text = (entries: Iterable<[number, number]>) => [...entries].toSorted(([a], [b]) => a - b).join(' ')
    const actual = places.map(({ source, offset }): [number, number] => [
      source,
      this.#partitioner === 'same' ? offset : source,
    ])
    if (text(known) !== text(actual))
      throw new Violation(`the map of ${partition} says ${text(known)}, and there is ${text(actual)}`)
  }
}

/** Records with gaps, some without keys. */
function dumped(random: Random): KafkaRecord[] {
  return [0, 1].flatMap(partition => {
    let offset = random.between(0, 3)
    return Array.from({ length: random.between(3, 12) }, (): KafkaRecord => {
      offset += random.chance(0.3) ? random.between(2, 4) : 1
      const key = random.chance(0.3) ? null : Buffer.from(`k${random.below(5)}`)
      return {
        topic: TOPIC,
        partition,
        offset,
        timestamp: 1,
        key,
        value: Buffer.from(`${partition}/${offset}`),
        headers: [],
      }
    })
  })
}

function faultsOf(random: Random): Faults {
  const some = () => random.pick([0, 0, 0.01, 0.03])
  return { killed: some(), refused: some(), lost: some(), asleep: random.pick([0, 0.1]), frozen: some() }
}
