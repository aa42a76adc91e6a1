import type { Work, Workload } from '../../cost/estimate.ts'
import { type Mappings, oneMapping } from '../../cost/poller-units.ts'
import type { Connector } from '../declaration/connector.ts'
import { defaultBatch } from '../resources/mapping.ts'
import { type CommandContext, CommandError, reasonOf } from './command.ts'
import { askedMappings, type ReadTopics, readTopics } from './cost-mappings.ts'
import { workOf } from './cost-work.ts'
import type { Deployment } from './deployment.ts'
import { type MeasuredRate, measuredRate } from './measured-rate.ts'

export interface WorkloadOptions {
  'mb-per-second'?: string
  'record-bytes'?: string
  partitions?: string
  topics?: string
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
  context: Pick<CommandContext, 'connectors' | 'deployment'>,
): Promise<AskedWorkload> {
  const given = positive(options, 'mb-per-second')
  const recordBytes = positive(options, 'record-bytes')
  const measured = given === undefined ? await measuredOf(connector, context.deployment) : undefined
  const bytesPerSecond = measured?.bytesPerSecond ?? (given ?? 0) * MB
  const { work, notes } = workOf(connector)
  const width = await widthOf(connector, options, Math.max(DEFAULT_PARTITIONS, Math.ceil(bytesPerSecond / MB)), context)
  return {
    workload: {
      ...{ bytesPerSecond, recordBytes: recordBytes ?? measured?.recordBytes ?? DEFAULT_RECORD_BYTES },
      ...{ partitions: width.partitions, ...declaredOf(connector, work) },
    },
    isMeasured: measured !== undefined,
    mappings: width.mappings,
    notes: [...notes, ...width.notes],
  }
}

/** @throws CommandError when there is no connector, or it has received nothing lately */
async function measuredOf(connector: Connector | undefined, deployment: Deployment): Promise<MeasuredRate> {
  if (!connector) throw new CommandError('Give --name, --mb-per-second, or both.')
  const measured = await measuredRate(connector, deployment, Date.now())
  if (measured) return measured
  throw new CommandError(
    `${connector.name} has received nothing in the last five minutes; give a rate with --mb-per-second.`,
  )
}

/** Over how many partitions and mappings the load is spread. What isn't given is asked of the connector. */
async function widthOf(
  connector: Connector | undefined,
  options: WorkloadOptions,
  fallback: number,
  context: Pick<CommandContext, 'connectors' | 'deployment'>,
): Promise<{ partitions: number; mappings: Mappings; notes: string[] }> {
  const asked = positive(options, 'partitions')
  const count = positive(options, 'topics')
  const topics = count === undefined ? undefined : Math.ceil(count)
  if (!connector) {
    return { partitions: asked ?? fallback, mappings: { ...oneMapping, count: topics ?? oneMapping.count }, notes: [] }
  }
  const read = await readTopics(connector, context.deployment)
  const { mappings, notes } = await askedMappings(connector, { topics, read }, context)
  const counted = asked === undefined ? await partitionsOf(connector, read, context.deployment) : undefined
  const partitions = asked ?? counted?.count ?? fallback
  const assumed = counted?.problem === undefined ? [] : [`${partitions} partitions are assumed: ${counted.problem}.`]
  return { partitions, mappings, notes: [...assumed, ...notes] }
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

/** The partitions of the topics that the connector reads, as its function `check` sees them. */
async function partitionsOf(
  connector: Connector,
  read: ReadTopics,
  deployment: Deployment,
): Promise<{ count?: number; problem?: string }> {
  if ('problem' in read) return read
  try {
    const { topics } = read
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
