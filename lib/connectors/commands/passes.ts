import type { Unit } from '../../commits/entry.ts'
import { type CompactionRun, compact, type RunReport } from '../../compaction/compact.ts'
import type { Compaction, RunTime } from '../../compaction/compaction.ts'
import type { CodedError } from '../../error.ts'
import { createObjectKeys } from '../../objects/key.ts'
import { noTelemetry } from '../../observability/telemetry.ts'
import { createCommitStore, heldBytes } from '../../s3/commit-store.ts'
import type { CompactionProgress } from './compaction-progress.ts'
import { countedStore } from './counted-store.ts'
import type { ObjectSettings } from './opened-connector.ts'
import { unitText } from './unit-text.ts'

export interface CompactOptions {
  name: string
  /** Ends when everything was looked at once, even if there is more to do by then. */
  once?: boolean
  /** Plans only. */
  'dry-run'?: boolean
  /** Also compacts the objects that a dump without rotation left. */
  adopt?: boolean
  /** Where these objects are; absent: below the connector's own prefix. */
  from?: string
  /** Where the new objects go; absent: below the connector's own prefix. */
  to?: string
  /** Confirms that the objects that are adopted are deleted. */
  yes?: boolean
}

/**
 * How long a pass over everything that is staged may take, and how long requests may still be sent, in milliseconds. A machine
 * that slept meanwhile sends none after it woke: what a run replaces is deleted days later, so there is no danger in an hour.
 */
const PASS_MS = 3_000_000
const END_MS = 3_600_000

/** A command under way. */
export interface Compacting {
  options: CompactOptions
  settings: ObjectSettings
  progress: CompactionProgress
  signal: AbortSignal
}

/** What a run needs, for a folder of the connector's bucket. */
export function compactionOf(prefix: string, { settings, progress }: Compacting): Compaction {
  const { format, rotation, retention, failure } = settings
  const store = createCommitStore(settings.store, prefix)
  return {
    ...{ format, rotation, ...retention, prefix, policy: failure.policy },
    keys: createObjectKeys({ ...settings.keys, prefix }),
    store: countedStore(store, traffic => progress.traffic(traffic)),
    partSize: heldBytes(settings.store),
    now: Date.now,
    logger: progress.log(),
    telemetry: noTelemetry,
  }
}

export function passTime(signal: AbortSignal): RunTime {
  const now = Date.now()
  return { deadline: now + PASS_MS, end: now + END_MS, signal }
}

/** Compacts until nothing is due or the command is interrupted. */
export async function runPasses(
  compaction: Compaction,
  { options, progress, signal }: Compacting,
): Promise<RunReport[]> {
  const passes: RunReport[] = []
  const dryRun = options['dry-run']
  do {
    const onProgress: CompactionRun['onProgress'] = state => progress.run(state)
    const report = await compact(compaction, { time: passTime(signal), all: true, dryRun, onProgress })
    passes.push(report)
    for (const { unit, error } of report.failed) progress.print(failureText(unit, error))
  } while (!signal.aborted && !options.once && !dryRun && hasMore(passes.at(-1)))
  return passes
}

/** Whether another pass may find something: what was left, or what was staged while this one made objects. */
function hasMore(pass: RunReport | undefined): boolean {
  const { reports = [], left = [], failed = [] } = pass ?? {}
  return failed.length === 0 && (left.length > 0 || reports.some(({ outputs }) => outputs.length > 0))
}

function failureText(unit: Unit, error: Error): string {
  const { code, message } = error as CodedError
  return `✗ ${unitText(unit)}: ${message}${code ? ` (${code})` : ''}`
}
