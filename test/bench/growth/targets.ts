import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { type KafkaBroker, startKafka } from '../../../local/kafka-broker.ts'
import { terminal } from '../../../local/progress.ts'
import { createTopics } from '../../../local/topics.ts'
import { type Profile, sortedProfile } from '../function/profile.ts'
import { StoreProcess } from '../function/store-process.ts'
import { functionCommand } from '../function-bundle.ts'
import { eventTexts } from './event-texts.ts'
import { loadProcess } from './load-process.ts'
import type { Loaded } from './loaded.ts'
import type { Load } from './series.ts'

/** A load's run, with the requests that it has sent. */
export interface Run extends Loaded {
  /** To the store, or to brokers. */
  requests: number
}

/** A function that is given a load. */
export type LoadedName = 'dump' | 'replicate'

/** A store and a cluster, and the functions that write to them. */
export class Targets {
  readonly #command: string[]
  readonly #folder: string
  readonly #store: StoreProcess
  readonly #cluster: KafkaBroker
  readonly #admin: Admin
  #topics = 0

  static async start(): Promise<Targets> {
    const folder = await mkdtemp(join(tmpdir(), 'bench-growth-'))
    const command = await functionCommand('growth/loaded-function.ts', folder)
    const [store, cluster] = await Promise.all([
      StoreProcess.start(),
      startKafka({ name: 'target cluster', heapMb: 1024, progress: terminal }),
    ])
    const admin = new Kafka({ brokers: [cluster.brokers], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    return new Targets(command, folder, store, cluster, admin)
  }

  private constructor(command: string[], folder: string, store: StoreProcess, cluster: KafkaBroker, admin: Admin) {
    this.#command = command
    this.#folder = folder
    this.#store = store
    this.#cluster = cluster
    this.#admin = admin
  }

  /**
   * Runs a function with a load: `dump` with JSON and zstd, `replicate` at least once.
   *
   * @param options of Node.js
   * @throws when not every record has arrived
   */
  run(name: LoadedName, load: Load, options: string[] = []): Promise<Run> {
    const [program = '', ...args] = this.#command
    const command = [program, ...options, ...args]
    return name === 'dump' ? this.#dump(load, command) : this.#replicate(load, command)
  }

  /** Where a function's time goes with a load, its start included. */
  async profile(name: LoadedName, load: Load): Promise<Profile> {
    const folder = await mkdtemp(join(this.#folder, 'profile-'))
    await this.run(name, load, ['--cpu-prof', `--cpu-prof-dir=${folder}`])
    const [file = ''] = await readdir(folder)
    return sortedProfile(JSON.parse(await readFile(join(folder, file), 'utf8')))
  }

  async #dump(load: Load, command: string[]): Promise<Run> {
    const loaded = await loadProcess(
      {
        ...{ name: 'dump', command, folder: this.#folder },
        environment: { ...this.#store.environment, FORMAT: 'json', COMPRESSION: 'zstd' },
        begin: () => this.#store.taken(),
      },
      eventTexts('orders', load),
    )
    const { requests, records } = await this.#store.taken()
    assertComplete(records, load)
    return { ...loaded, requests }
  }

  async #replicate(load: Load, command: string[]): Promise<Run> {
    this.#topics += 1
    const topic = `load-${this.#topics}`
    const copy = `source.${topic}`
    await createTopics(this.#cluster.connections.plaintext, { [copy]: load.partitions })
    const aliases = { SOURCE_ALIAS: 'source', TARGET_ALIAS: 'target', OFFSET_SYNCS_LOCATION: 'target' }
    const loaded = await loadProcess(
      {
        ...{ name: 'replicate', command, folder: this.#folder },
        environment: { ...aliases, TARGET_KAFKA_BROKERS: this.#cluster.brokers },
      },
      eventTexts(topic, load),
    )
    const ends = await this.#admin.fetchTopicOffsets(copy)
    assertComplete(
      ends.reduce((sum, { high }) => sum + Number(high), 0),
      load,
    )
    await this.#admin.deleteTopics({ topics: [copy] })
    return { ...loaded, requests: loaded.brokerRequests }
  }

  async stop(): Promise<void> {
    await this.#admin.disconnect()
    await Promise.all([this.#store.stop(), this.#cluster.stop()])
    await rm(this.#folder, { recursive: true })
  }
}

function assertComplete(arrived: number, { records }: Load): void {
  if (arrived !== records) throw new Error(`${arrived} of ${records} records have arrived`)
}
