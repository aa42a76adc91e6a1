import type { Work, Workload } from '../../cost/estimate.ts'
import { type Mappings, oneMapping } from '../../cost/poller-units.ts'
import type { Connector } from '../declaration/connector.ts'
import { defaultBatch } from '../resources/mapping.ts'
import { CommandError, reasonOf } from './command.ts'
import { workOf } from './cost-work.ts'
import type { Deployment } from './deployment.ts'
import { measuredRate } from './measured-rate.ts'

export interface WorkloadOptions {
  'mb-per-second'?: string
  'record-bytes'?: string
  partitions?: string
}

/** The load whose cost is asked for. */
export interface AskedWorkload {
  workload: Workload
  /** Whether its rate is that of the connector. */
  isMeasured: boolean
  /** The connector's mappings, were they provisioned. */
  mappings: Mappings
  notes: string[]
}

const MB = 1e6
const DEFAULT_RECORD_BYTES = 400
const DEFAULT_PARTITIONS = 12
const DEFAULT_MEMORY_MB = 1024

/**
 * The load of a connector, or one of a rate alone, which is a dump's with its defaults.
 *
 * @throws CommandError when there is no rate, or a number is wrong; the errors of the metrics
 */
export async function askedWorkload(
  connector: Connector | undefined,
  options: WorkloadOptions,
  deployment: Deployment,
): Promise<AskedWorkload> {
  const given = positive(options, 'mb-per-second')
  if (!connector && given === undefined) throw new CommandError('Give --name, --mb-per-second, or both.')
  const measured = connector && given === undefined ? await measuredRate(connector, deployment, Date.now()) : undefined
  if (connector && given === undefined && !measured)
    throw new CommandError(
      `${connector.name} has received nothing in the last five minutes; give a rate with --mb-per-second.`,
    )
  const bytesPerSecond = given === undefined ? (measured?.bytesPerSecond ?? 0) : given * MB
  const fallback = Math.max(DEFAULT_PARTITIONS, Math.ceil(bytesPerSecond / MB))
  const asked = positive(options, 'partitions')
  const counted = asked === undefined && connector ? await partitionsOf(connector, deployment) : undefined
  const partitions = asked ?? counted?.count ?? fallback
  const { work, notes } = workOf(connector)
  const assumed = counted?.problem === undefined ? [] : [`${partitions} partitions are assumed: ${counted.problem}.`]
  const recordBytes = positive(options, 'record-bytes') ?? measured?.recordBytes ?? DEFAULT_RECORD_BYTES
  return {
    workload: { bytesPerSecond, recordBytes, partitions, ...declaredOf(connector, work) },
    isMeasured: measured !== undefined,
    mappings: mappingsOf(connector),
    notes: [...notes, ...assumed],
  }
}

function declaredOf(connector: Connector | undefined, work: Work) {
  const batch = connector?.declaration.batch
  return {
    ...work,
    batchSize: batch?.size ?? defaultBatch[work.kind].size,
    windowSeconds: batch?.windowSeconds ?? defaultBatch[work.kind].windowSeconds,
    memoryMb: connector?.declaration.memorySize ?? DEFAULT_MEMORY_MB,
    rotates: connector?.kind === 'dump' && connector.declaration.to.rotate !== undefined,
  }
}

function mappingsOf(connector: Connector | undefined): Mappings {
  if (!connector) return oneMapping
  const { minimumPollers = 1, pollerGroup } = connector.declaration.concurrency ?? {}
  return { count: connector.source.topics?.length ?? 1, minimumPollers, isGrouped: pollerGroup !== undefined }
}

/** The partitions that the connector reads, as its function `check` sees them. */
async function partitionsOf(
  connector: Connector,
  deployment: Deployment,
): Promise<{ count?: number; problem?: string }> {
  try {
    const mappings = connector.source.topics ? [] : ((await deployment.mappingsOf(connector)) ?? [])
    const topics = connector.source.topics ?? mappings.map(({ topic }) => topic)
    const positions = await deployment.ask(connector, { action: 'positions', topics, since: Date.now() })
    const count = Object.values(positions).reduce((sum, partitions) => sum + (partitions?.length ?? 0), 0)
    return count > 0 ? { count } : { problem: 'its topics do not exist' }
  } catch (error) {
    return { problem: reasonOf(error) }
  }
}

/** @throws CommandError unless it is a number above 0 */
function positive(options: WorkloadOptions, name: keyof WorkloadOptions): number | undefined {
  const text = options[name]
  if (text === undefined) return undefined
  const number = Number(text)
  if (Number.isFinite(number) && number > 0) return number
  throw new CommandError(`--${name}: expected a number above 0, got ${text}`)
}
