import { RATE_MS, sum } from '../../health/metric-signs.ts'
import { METRICS_NAMESPACE, type MetricName } from '../../observability/metrics.ts'
import type { Connector } from '../declaration/connector.ts'
import type { Deployment } from './deployment.ts'

const MINUTE_MS = 60_000

/** What a connector received lately. */
export interface MeasuredRate {
  /** Keys, values and headers. */
  bytesPerSecond: number
  recordBytes: number
}

/** The rate of the last five minutes, over which `describe` tells it; undefined when nothing was received. */
export async function measuredRate(
  { name: connector }: Connector,
  { service, metrics }: Pick<Deployment, 'service' | 'metrics'>,
  now: number,
): Promise<MeasuredRate | undefined> {
  const from = Math.floor((now - RATE_MS) / MINUTE_MS) * MINUTE_MS
  const query = (name: MetricName) => ({
    ...{ namespace: METRICS_NAMESPACE, name, dimensions: { service, connector } },
    ...({ statistic: 'Sum', period: 60, from } as const),
  })
  const found = await metrics.read({ records: query('RecordsIn'), bytes: query('BytesIn') })
  const ofRate = (name: keyof typeof found) => sum(found[name].filter(({ time }) => time >= now - RATE_MS))
  const [records, bytes] = [ofRate('records'), ofRate('bytes')]
  if (records === 0 || bytes === 0) return undefined
  return { bytesPerSecond: bytes / (RATE_MS / 1_000), recordBytes: bytes / records }
}
