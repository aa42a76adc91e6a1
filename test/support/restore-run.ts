import type { DumpedRecords } from '../../lib/dumped/dumped-records.ts'
import type { TopicPartition } from '../../lib/record.ts'
import { linkEvent, parseLink, type RestoreLink } from '../../lib/restore/links.ts'
import type { RestoreReport } from '../../lib/restore/report.ts'
import type { RestoreRequest } from '../../lib/restore/request.ts'
import type { Restoration } from '../../lib/restore/restoration.ts'
import { createRunFolder } from '../../lib/restore/run-folder.ts'
import { beginRun, type RestoreRun, workLink } from '../../lib/restore/spread.ts'
import { awkwardRecord } from './awkward-records.ts'
import { MemoryStore } from './memory-store.ts'
import { noProgress, restorationOf } from './restoring.ts'
import { SimulatedCluster } from './simulation/restore/cluster.ts'
import type { SimulatedWorker } from './simulation/scheduler.ts'

/** Invocations after which a run is not expected to end any more. */
const MOST_LINKS = 100

/** A dump that is read one offset at a time, by invocations whose time is over after so many offsets. */
export interface SlowDump {
  /** Of each partition: how many offsets it has. The last ten of them are selected. */
  partitions: number[]
  /** Offsets that an invocation can read. */
  offsetsPerLink: number
  /** Partitions whose reading never gets anywhere. */
  stuck?: number[]
  /** Offsets that no object has. */
  missing?: number[]
}

/** A run of the function, with what its invocations share: the bucket and the cluster. */
export function slowRun(dump: SlowDump, asked: Partial<RestoreRequest> = {}, changes: Partial<Restoration> = {}) {
  const cluster = new SimulatedCluster()
  const clients = cluster.clients({ turn: async (_: string, effect: () => unknown) => effect() } as SimulatedWorker)
  const store = new MemoryStore(Date.now)
  const folder = createRunFolder(store, 'runs/run/')
  const request: RestoreRequest = {
    ...{ selection: {}, dryRun: false, append: false, purge: [], strict: false, skipCorrupt: false },
    ...{ groups: { strategy: 'none', only: false, undo: false }, ...asked },
  }

  /** One invocation, with its own time. */
  function invocation(): RestoreRun {
    const over = new AbortController()
    const dumped = slowDump(dump, over)
    const restoration = { ...restorationOf(clients, { dumped }), ...changes }
    const forever = Date.now() + 1_000_000
    return { restoration, folder, time: { deadline: forever, signal: over.signal, progress: noProgress }, end: forever }
  }

  /** Invocations one after the other, each with what the one before has left, and each made so many times. */
  async function restore(attempts = 1): Promise<{ links: number; report: RestoreReport }> {
    const { plan, links: due } = await beginRun(invocation(), request, 'run')
    for (let links = 0; links < MOST_LINKS; links += 1) {
      const link = parseLink(JSON.parse(JSON.stringify(linkEvent(due.shift() as RestoreLink))))
      for (let attempt = 1; attempt < attempts; attempt += 1) await workLink(invocation(), plan, link as RestoreLink)
      const { rest, report } = await workLink(invocation(), plan, link as RestoreLink)
      due.push(...rest)
      if (report) return { links: links + 1, report }
    }
    throw new Error(`The run has not ended after ${MOST_LINKS} invocations.`)
  }

  const produced = (partition: number) => cluster.committed('orders', partition).length
  return { restore, produced, store }
}

/** @param over is aborted when the time of the invocation is over */
export function slowDump(
  { partitions, offsetsPerLink, stuck, missing }: SlowDump,
  over: AbortController,
): DumpedRecords {
  let read = 0
  const recordOf = ({ topic, partition }: TopicPartition, offset: number) => awkwardRecord({ topic, partition, offset })
  return {
    losses: [],
    topics: async () => ['orders'],
    passedOver: async () => [],
    elsewhere: async () => [],
    close: async () => {},
    async *partitions() {
      for (const [partition, end] of partitions.entries())
        yield { topic: 'orders', partition, firstOffset: 0, lastOffset: end - 1, objects: 1, bytes: 1 }
    },
    async *read(place, _, { after = -1, findings }) {
      const end = partitions[place.partition] ?? 0
      for (let offset = after + 1; offset < end; offset += 1) {
        if (read >= offsetsPerLink || stuck?.includes(place.partition)) over.abort(new Error('the time is over'))
        over.signal.throwIfAborted()
        read += 1
        if (missing?.includes(offset)) {
          findings.missing.push([offset, 1])
          findings.missingOffsets += 1
        } else
          yield { records: offset < end - 10 ? [] : [recordOf(place, offset)], next: offset + 1, bytesRead: offset }
      }
    },
  }
}
