import type { DumpedRecords } from '../../lib/dumped/dumped-records.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createPartitionRecords } from '../../lib/kafka/read/partition-records.ts'
import { noTelemetry } from '../../lib/observability/telemetry.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { identityPolicy } from '../../lib/replication/naming/policy.ts'
import type { Routing } from '../../lib/replication/routing.ts'
import { createSettingsFilter } from '../../lib/replication/settings-filter.ts'
import { defaultRestoreId } from '../../lib/restore/identity.ts'
import type { RestoreProgress } from '../../lib/restore/progress.ts'
import type { RestoreReport } from '../../lib/restore/report.ts'
import type { RestoreRequest } from '../../lib/restore/request.ts'
import type { Restoration } from '../../lib/restore/restoration.ts'
import { restoreAll } from '../../lib/restore/restore.ts'
import { createRestoreTarget } from '../../lib/restore/target.ts'
import { openTargetClients, type TargetClients } from '../../lib/restore/target-clients.ts'
import type { RecordedTopic } from '../../lib/snapshots/snapshot.ts'

export const silentLog = { info() {}, warn() {}, error() {} }
export const noProgress: RestoreProgress = { found() {}, read() {}, produced() {}, finished() {} }

export interface RestoringOptions {
  dumped: DumpedRecords
  source?: string
  routing?: Partial<Routing>
  recorded?: Record<string, Partial<RecordedTopic>>
}

/** A restoration over the given clients, to the same names and partitions unless it is told otherwise. */
export function restorationOf(clients: TargetClients, options: RestoringOptions): Restoration {
  const { dumped, source = 's3://bucket/prefix', recorded = {} } = options
  const routing: Routing = {
    ...{ sourceAlias: 'restore', policy: identityPolicy, addSourceHeader: false, partitioner: 'same' },
    ...options.routing,
  }
  const sources = [source]
  const id = defaultRestoreId(sources, routing)
  const identity = { id, sources, partitioner: routing.partitioner }
  return {
    ...{ id, sources, losses: [], dumped, routing, logger: silentLog, telemetry: noTelemetry },
    recorded: {
      async topic(name) {
        const known = recorded[name]
        return known && { partitions: 0, replicas: 1, settings: {}, ...known }
      },
    },
    target: createRestoreTarget(clients, {
      ...{ identity, replicas: 1, logger: silentLog },
      settings: createSettingsFilter([]),
    }),
  }
}

export type Asked = Partial<RestoreRequest> & {
  progress?: Partial<RestoreProgress>
  signal?: AbortSignal
  deadline?: number
}

export async function restoreWith(restoration: Restoration, asked: Asked = {}): Promise<RestoreReport> {
  const { progress, signal = new AbortController().signal, deadline = Number.POSITIVE_INFINITY, ...request } = asked
  return await restoreAll(
    restoration,
    {
      ...{ selection: {}, dryRun: false, append: false, purge: [], strict: false, skipCorrupt: false },
      groups: { strategy: 'none', only: false, undo: false },
      ...request,
    },
    { signal, deadline, progress: { ...noProgress, ...progress } },
  )
}

/** Restores in this process, with clients of its own as each run of a command has. */
export async function restoreTo(
  connection: KafkaSettings,
  { exactlyOnce = true, ...options }: RestoringOptions & { exactlyOnce?: boolean },
  asked: Asked = {},
): Promise<RestoreReport> {
  const clients = openTargetClients(connection, { clientId: 'restoring', compression: 'none', exactlyOnce })
  try {
    return await restoreWith(restorationOf(clients, options), asked)
  } finally {
    await clients.close()
  }
}

/** The committed records of a topic, by partition. */
export async function recordsOn(connection: KafkaSettings, topic: string): Promise<Map<number, KafkaRecord[]>> {
  const reader = createPartitionRecords(connection, 'restored')
  try {
    const found = new Map<number, KafkaRecord[]>()
    for (const [partition, { start, end }] of await reader.bounds(topic)) {
      const parts = await Array.fromAsync(reader.read({ topic, partition, from: start, end }))
      found.set(partition, parts.flat())
    }
    return found
  } finally {
    await reader.close()
  }
}
