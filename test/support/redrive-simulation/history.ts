import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import { countOf, holdsOffset } from '../../../lib/commits/offset-runs.ts'
import { compactUnit } from '../../../lib/compaction/compact-unit.ts'
import { type Dump, writeObjects } from '../../../lib/dump.ts'
import { asCodedError } from '../../../lib/error.ts'
import type { FormatSettings } from '../../../lib/formats/encode.ts'
import { createObjectKeys, type ObjectKeys } from '../../../lib/objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../../lib/objects/template.ts'
import { timePresets } from '../../../lib/objects/time-path.ts'
import { noTelemetry } from '../../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { deliverAgain } from '../../../lib/redrive/deliver-again.ts'
import { createObjectRedriver } from '../../../lib/redrive/object-redriver.ts'
import { createBucketMarks } from '../../../lib/redrive/redrive-log.ts'
import type { RedrivePart, Redriver } from '../../../lib/redrive/redriver.ts'
import { runsOf } from '../../../lib/staging/runs.ts'
import { keepEverything } from '../formats.ts'
import { recordsOf } from '../simulation/contents.ts'
import { Violation } from '../simulation/laws.ts'
import { Random } from '../simulation/random.ts'
import { type Faults, NO_FAULTS, Scheduler, type SimulatedWorker } from '../simulation/scheduler.ts'
import { SimulatedStore } from '../simulation/store.ts'
import { LAW, RedriveLaws } from './laws.ts'
import { type PlantedBugName, plantedBugs } from './planted.ts'
import { idOf, PARTITION, TOPIC, World } from './world.ts'

const START = Date.UTC(2026, 0, 1, 10, 30)
const MINUTE = 60_000

const place = { topic: TOPIC, partition: PARTITION }
const form: FormatSettings = { ...keepEverything, format: 'jsonl', values: 'json' }
const template = parseTemplate(DEFAULT_TEMPLATE) as Template
const keysOf = ([{ name: 'default' }, { name: 'time', format: timePresets.hourly, timeZone: 'UTC' }] as const).map(
  partitioner => createObjectKeys({ prefix: '', template, partitioner, padWidth: 4 }),
)

/** One history: a connector delivers, its records fail, and several redrives do them again. The same seed gives the same history. */
export async function runHistory(
  seed: number,
  { planted, trace = false }: { planted?: PlantedBugName; trace?: boolean } = {},
) {
  const history = new History(seed, planted, trace)
  const told = () => ({ calls: history.scheduler.steps, trace: history.scheduler.trace ?? [] })
  try {
    await history.run()
    return told()
  } catch (failure) {
    return { ...told(), failure }
  }
}

class History {
  readonly scheduler: Scheduler
  readonly #random: Random
  readonly #world: World
  readonly #laws = new RedriveLaws()
  readonly #store = new SimulatedStore(this.#laws)
  readonly #keys: ObjectKeys
  readonly #rotates: boolean
  readonly #planted: PlantedBugName | undefined
  #unexpected: unknown

  constructor(seed: number, planted: PlantedBugName | undefined, trace: boolean) {
    this.#random = new Random(seed)
    this.scheduler = new Scheduler(this.#random, START, trace)
    this.#world = new World(this.#random)
    this.#keys = this.#random.pick(keysOf)
    this.#rotates = this.#random.chance(0.15)
    this.#planted = planted
    this.scheduler.watch = async () => {
      if (this.#unexpected !== undefined) throw this.#unexpected
      this.scheduler.now += this.#random.between(1, 400)
      await this.#laws.check()
    }
  }

  async run(): Promise<void> {
    const faults = this.#faults()
    // Whoever ran out of its time was ended by its platform, so that nothing of a delivery arrives after the commit.
    this.scheduler.start('connector', { ...faults, frozen: 0, lost: 0 }, worker => this.#deliver(worker))
    this.scheduler.start('time', NO_FAULTS, worker => this.#pass(worker))
    for (let nth = this.#random.between(1, 3); nth > 0; nth--)
      this.scheduler.start(`redrive ${nth}`, faults, worker => this.#redriveSometimes(worker))
    if (this.#rotates)
      for (const name of ['compactor 1', 'compactor 2'])
        this.scheduler.start(name, faults, worker => this.#compact(worker).catch(error => this.#tolerate(error)))
    await this.scheduler.run()
    await this.#quiet()
    // Redrives that were asleep all the while find everything done.
    this.scheduler.thaw()
    await this.scheduler.run()
    await this.#quiet()
    await this.#assertAllThere()
  }

  #faults(): Faults {
    if (this.#random.chance(0.1)) return NO_FAULTS
    return {
      killed: this.#random.pick([0, 0.01, 0.04]),
      refused: this.#random.pick([0, 0.01]),
      lost: this.#random.pick([0, 0.01]),
      asleep: this.#random.pick([0, 0.05, 0.2]),
      frozen: this.#random.pick([0, 0.02, 0.06]),
    }
  }

  /** What happens by itself: values heal, the source forgets, a topic is created again. */
  async #pass(worker: SimulatedWorker): Promise<void> {
    const { records, expired } = this.#world
    const events = [
      () => {
        this.#world.healed = true
      },
      ...Array.from({ length: this.#random.between(1, 4) }, () => () => {
        this.#world.flapsNow = !this.#world.flapsNow
      }),
      ...records.filter(() => this.#random.chance(0.15)).map(record => () => void expired.add(record)),
      // With rotation, compaction puts a record aside whose offset another one has, so there is no such topic.
      ...(!this.#rotates && this.#random.chance(0.08) ? [() => this.#recreate()] : []),
    ]
    for (const event of events) {
      for (let pause = this.#random.between(0, 20); pause > 0; pause--) await worker.turn('time passes', () => true)
      await worker.turn('something happens', event)
    }
  }

  #recreate(): void {
    // While it is being delivered, the connector would mix the two, as it does without redrives.
    if (this.#world.committed > (this.#world.records.at(-1)?.offset ?? 0)) this.#world.recreate(this.#random)
  }

  /** Delivers from where the group is, each batch once or several times. */
  async #deliver(worker: SimulatedWorker): Promise<void> {
    const { records, committed } = this.#world
    const rest = records.filter(({ offset }) => offset >= committed)
    while (rest.length > 0) {
      const batch = rest.splice(0, this.#random.between(1, 4))
      const end = (batch.at(-1)?.offset ?? 0) + 1
      for (let times = this.#random.pick([1, 1, 2, 3]); times > 0; times--)
        await this.#deliverOnce(batch, worker).catch(error => {
          this.#tolerate(error)
          times++
        })
      await worker.turn('commit', () => {
        this.#world.committed = end
      })
    }
  }

  async #deliverOnce(batch: KafkaRecord[], worker: SimulatedWorker): Promise<void> {
    const dump = this.#dump(this.#store.client(worker))
    const failed = await deliverAgain(batch, {
      peer: 'memory',
      write: (some, attempt) => writeObjects(some, dump, { ...attempt, repeat: ({ send }, turns) => turns(send) }),
    })
    await worker.turn('name failed', () => this.#world.fail(failed.map(({ record }) => record)))
  }

  async #redriveSometimes(worker: SimulatedWorker): Promise<void> {
    for (let runs = this.#random.between(1, 3); runs > 0; runs--)
      await this.#redrive(worker).catch(error => this.#tolerate(error))
  }

  async #redrive(worker: SimulatedWorker): Promise<void> {
    const world = this.#world
    const redriver = this.#redriver(worker)
    const takesAll = this.#planted === 'records that may still be delivered are redriven'
    const topicId = await worker.turn('topic id', () => world.topicId)
    await redriver.finish(place, topicId)
    for (const source of await worker.turn('list failed', () => world.listFailed(!takesAll))) {
      const { redriven } = await redriver.marks.of(place, topicId)
      const { records } = await worker.turn('fetch', () => world.fetch(source))
      const rest = records.filter(({ record }) => !holdsOffset(redriven, record.offset))
      while (rest.length > 0) {
        const some = rest.splice(0, this.#random.between(1, 3))
        const part: RedrivePart = { ...place, topicId, records: some, sources: [source] }
        await redriver.redrive(part)
      }
    }
  }

  #redriver(worker: SimulatedWorker): Redriver {
    const client = this.#store.client(worker)
    const store = this.#planted ? plantedBugs[this.#planted](client) : client
    const world = this.#world
    return createObjectRedriver({
      dump: this.#dump(store),
      store,
      prefix: '',
      present: { of: (_, records) => this.#presentOf(store, records) },
      async *fetch(failed) {
        yield await worker.turn('fetch again', () => world.fetch(failed))
      },
      now: () => this.scheduler.now,
    })
  }

  /** Reads all objects, as there are few. */
  async #presentOf(client: CommitStore, records: readonly KafkaRecord[]) {
    const present: number[] = []
    for await (const { key } of client.list(`${TOPIC}/`)) {
      for (const found of await recordsOf(key, await client.get(key)))
        if (records.some(({ offset, timestamp }) => offset === found.offset && timestamp === found.timestamp))
          present.push(found.offset)
    }
    return runsOf([...new Set(present)].toSorted((a, b) => a - b))
  }

  #dump(store: Pick<CommitStore, 'put'>): Dump {
    return {
      format: form,
      decoder: async () => this.#world.decoder,
      keys: this.#keys,
      staging: this.#rotates ? { prefix: '' } : undefined,
      store,
      storeName: 'memory',
      logger: { info() {}, warn() {}, error() {} },
      telemetry: noTelemetry,
    }
  }

  async #compact(worker: SimulatedWorker): Promise<void> {
    const { now } = this.scheduler
    const compaction = {
      ...{ store: this.#store.client(worker), keys: this.#keys, prefix: '', format: form, policy: 'fail' as const },
      ...{ partSize: 5 * 1024 * 1024, now: () => this.scheduler.now, telemetry: noTelemetry },
      logger: { info() {}, warn() {}, error() {} },
    }
    await compactUnit(place, compaction, { deadline: now + 5 * MINUTE, end: now + 15 * MINUTE })
  }

  /** What went wrong on purpose passes: somebody starts over. */
  #tolerate(error: unknown): void {
    const { code, retryable } = asCodedError(error)
    if (retryable || code === 'OUT_OF_TIME') return
    this.#unexpected ??= error instanceof Violation ? error : new Violation(LAW.fails, `${(error as Error).stack}`)
  }

  /** Nothing goes wrong any more, and one redrive follows the other. */
  async #quiet(): Promise<void> {
    this.scheduler.trace?.push('— quiet —')
    this.#world.healed = true
    this.#world.flapsNow = true
    const run = async (name: string, work: (worker: SimulatedWorker) => Promise<unknown>) => {
      this.scheduler.start(name, NO_FAULTS, worker => work(worker).catch(error => this.#tolerate(error)))
      await this.scheduler.run()
    }
    await run('last connector', worker => this.#deliver(worker))
    await run('last redrive', worker => this.#redrive(worker))
    if (this.#rotates)
      for (let runs = 0; runs < 4 && this.#store.keys('_staging/').length > 0; runs++)
        await run('last compactor', worker => this.#compact(worker))
    if (this.#unexpected !== undefined) throw this.#unexpected
  }

  async #assertAllThere(): Promise<void> {
    const { failed, topicId, lost, expired } = this.#world
    const marks = await createBucketMarks(memoryOf(this.#store), '').of(place, topicId)
    for (const [offset, { record, place: where }] of failed) {
      const keys = this.#laws.visible.get(idOf(record)) ?? new Set()
      const isBad = this.#world.kindOf(record) === 'bad'
      const isMarked = marks.failed.some(({ offsets }) => holdsOffset(offsets, offset))
      const isGone = lost.has(idOf(record)) && where === 'kafka' && expired.has(record)
      if (isBad && keys.size === 0 && isMarked && !holdsOffset(marks.redriven, offset)) continue
      if (!isBad && keys.size >= 1 && holdsOffset(marks.redriven, offset)) continue
      // Nobody can tell any more what it was, even where it has been delivered after all.
      if (isGone && !(keys.size === 0 && holdsOffset(marks.redriven, offset))) continue
      throw new Violation(LAW.there, `${idOf(record)} is in ${[...keys]}, marks ${JSON.stringify(marks)}`)
    }
    if (countOf(marks.redriven) > failed.size) throw new Violation(LAW.marks, `${JSON.stringify(marks)}`)
  }
}

/** The bucket as a reader sees it when nothing happens any more. */
function memoryOf(store: SimulatedStore): Pick<CommitStore, 'list' | 'get' | 'create'> {
  return {
    async *list(prefix) {
      for (const key of store.keys(prefix)) yield { key, size: 0, modified: 0 }
    },
    get: async key => {
      const object = store.objects.get(key)
      if (!object) throw Object.assign(asCodedError(new Error(key)), { code: 'STORE_OBJECT_MISSING' })
      return object.body
    },
    create: async () => false,
  }
}
