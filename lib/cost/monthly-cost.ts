import type { Requests } from './compaction-requests.ts'
import { BILLED_GB, DEFAULT_REGION, HOURS_OF_MONTH, regionPrices, requestsDollars } from './prices.ts'

/** What a connector has used in some time, and what it has all the time. */
export interface Usage {
  /** The time in milliseconds. */
  spanMs: number
  /** Invocations of its functions. */
  invocations: number
  /** Memory of its functions for the time that they ran, in gigabytes and seconds; null when it is not known. */
  gbSeconds: number | null
  /** Requests and bytes of its objects; null when they are in no bucket of Amazon S3. */
  store: { requests: Requests; bytes: number; keptDays: number | null } | null
  /** Bytes of its logs; null when they are not known. */
  logBytes: number | null
  /** Custom metrics, alarms, and units of provisioned pollers that it has. */
  metrics: number
  alarms: number
  pollerUnits: number
}

/** A part of what a connector costs a month. */
export interface CostPart {
  what: string
  dollars: number
  /** How much of it. */
  reckoning: string
}

const HOUR_MS = 3_600_000
const prices = regionPrices[DEFAULT_REGION]
const DAYS_OF_MONTH = HOURS_OF_MONTH / 24

/** What a month costs if it goes on like this: the parts that are used. */
export function monthlyCost(usage: Usage): CostPart[] {
  const times = (HOURS_OF_MONTH * HOUR_MS) / usage.spanMs
  return [...functionParts(usage, times), ...storeParts(usage, times), ...watchingParts(usage, times)].filter(
    ({ dollars }) => dollars > 0,
  )
}

function functionParts({ invocations, gbSeconds, pollerUnits }: Usage, times: number): CostPart[] {
  const requests = invocations * times
  const compute = (gbSeconds ?? 0) * times
  return [
    {
      what: 'Lambda, invocations',
      dollars: (requests / 1_000_000) * prices.millionInvocations,
      reckoning: amount(requests, 'invocation'),
    },
    { what: 'Lambda, time', dollars: compute * prices.gbSecond, reckoning: amount(compute, 'GB-second') },
    {
      what: 'Lambda, pollers',
      dollars: pollerUnits * HOURS_OF_MONTH * prices.pollerUnitHour,
      reckoning: `${amount(pollerUnits, 'unit')} all the time`,
    },
  ]
}

function storeParts({ store }: Usage, times: number): CostPart[] {
  if (!store) return []
  const { requests, bytes, keptDays } = store
  const [put, list, get] = [requests.put, requests.list, requests.get].map(count => count * times) as [
    number,
    number,
    number,
  ]
  const added = (bytes * times) / BILLED_GB
  const kept = keptDays === null ? added : (added * keptDays) / DAYS_OF_MONTH
  const written =
    keptDays === null ? 'that a month adds, for each month that it is kept' : `that are kept for ${keptDays} days`
  return [
    {
      what: 'S3, requests',
      dollars: requestsDollars({ put, list, get, delete: 0 }),
      reckoning: `${amount(put + list, 'PUT and LIST', 'PUT and LIST')}, ${amount(get, 'GET', 'GET')}`,
    },
    { what: 'S3, storage', dollars: kept * prices.gbMonthStored, reckoning: `${amount(kept, 'GB', 'GB')} ${written}` },
  ]
}

function watchingParts({ logBytes, metrics, alarms }: Usage, times: number): CostPart[] {
  const logged = ((logBytes ?? 0) * times) / BILLED_GB
  return [
    { what: 'CloudWatch, logs', dollars: logged * prices.gbLogged, reckoning: amount(logged, 'GB', 'GB') },
    { what: 'CloudWatch, metrics', dollars: metrics * prices.metricMonth, reckoning: amount(metrics, 'metric') },
    { what: 'CloudWatch, alarms', dollars: alarms * prices.alarmMonth, reckoning: amount(alarms, 'alarm') },
  ]
}

/** A number of three digits with what it counts, such as `1.23 million invocations`. */
function amount(count: number, one: string, many = `${one}s`): string {
  const [value, word] = count >= 1_000_000 ? [count / 1_000_000, ' million'] : [count, '']
  const number = value.toLocaleString('en', { maximumSignificantDigits: value >= 100 ? 4 : 3 })
  return `${number}${word} ${count === 1 ? one : many}`
}
