import type { ObjectStore } from '../../../lib/s3/store.ts'
import type { KafkaBroker } from '../../../local/kafka-broker.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import type { Usage } from '../process-usage.ts'
import type { OrderTally } from './order-tally.ts'

/** The same servers for all peers. */
export interface PeerWorld {
  source: KafkaBroker
  target: KafkaBroker
  address: StoreAddress
  /** For bundles. */
  scratch: string
}

/** One peer's way with one topic. */
export interface PeerRun {
  /** Of the run alone: a bucket, a group, an alias. */
  name: string
  topic: string
  /** How many are in the topic. */
  records: number
  world: PeerWorld
  /** The run's own bucket; only what writes objects uses it. */
  bucket: ObjectStore
  /** What a server does that it shouldn't, such as to end: the run doesn't count then. */
  complain(line: string): void
}

/** Something that copies a topic into a store or another cluster, in one process. */
export interface Peer {
  /** What is measured against each other: those with the same form of output. */
  form: 'JSON, gzip' | 'JSON, zstd' | 'Parquet, zstd' | 'topic'
  /** What it is, with versions. */
  version: string
  /** Its settings that matter. */
  settings: string
  start(run: PeerRun): Promise<RunningPeer>
}

export interface RunningPeer {
  /** Of the process that does the job, from its start on. */
  usage(): Promise<Usage>
  /** Whether a reader of the output sees as many records as the topic has. */
  isComplete(): Promise<boolean>
  /** What it has written. */
  output(): Promise<Output>
  /** Reads the output back. @returns what is wrong, as sentences; none if every record is there exactly once */
  check(tally: OrderTally): Promise<string[]>
  /** Ends the process, and removes what isn't in the run's bucket. */
  stop(): Promise<void>
}

export interface Output {
  /** Objects with records; undefined in a cluster. */
  objects: number | undefined
  /** Of these objects, or of the topic's segments. */
  bytes: number
  /** All other objects: metadata, checkpoints. */
  otherObjects: number
}
