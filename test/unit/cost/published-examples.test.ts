import { processingCost, sumOf } from '../../../lib/cost/estimate.ts'
import { type Mappings, pollerDollars, pollerUnits } from '../../../lib/cost/poller-units.ts'
import { type Prices, regionPrices } from '../../../lib/cost/prices.ts'

/** AWS's examples are of functions on x86. Source: price list AWSLambda of 2026-09-19, us-east-1. */
const x86: Prices = { ...regionPrices['us-east-1'], gbSecond: 0.0000166667 }
const requests = { put: 0, list: 0, get: 0, delete: 0 }
const A_30_DAY_MONTH = 720

/** Ten mappings with a poller each. */
const group: Mappings = { count: 10, minimumPollers: 1, group: { otherPollers: 0 } }

const cents = (dollars: number | null) => Number(dollars?.toFixed(2))

/**
 * AWS Lambda pricing, "Provisioned Mode for Event Source Mapping (ESM) Pricing", pricing example 3: ten Kafka mappings that share
 * a unit, each with a million invocations a day of 0.2 s and 1,024 MB: $1,000 + $60 + $133.2 = $1,193.2.
 */
test('ten mappings of one poller group cost what AWS’s pricing page says', () => {
  const invocations = 10 * 1_000_000 * 30
  const functions = processingCost({ invocations, gbSeconds: invocations * 0.2, requests }, x86)
  expect(cents(functions.compute)).toBe(1000)
  expect(cents(functions.invocations)).toBe(60)
  const pollers = pollerDollars(pollerUnits(10 * 1.5e6, group), x86, A_30_DAY_MONTH)
  expect(cents(pollers)).toBe(133.2)
  expect(sumOf(functions) + (pollers ?? 0)).toBeCloseTo(1193.2, 1)
})

/**
 * The same page, pricing example 1: 59,600,000 GB-seconds behind the free tier and 800 hours of a unit: $993.3 and $148. (Its
 * requests are left out: it counts 1,000,000 a day for 30 days as 60 million.)
 */
test('a single mapping costs what AWS’s pricing page says', () => {
  const functions = processingCost({ invocations: 0, gbSeconds: 59_600_000, requests }, x86)
  expect(functions.compute).toBeCloseTo(993.3, 1)
  expect(cents(pollerDollars(1, x86, 800))).toBe(148)
})

/**
 * AWS Lambda Developer Guide, "Apache Kafka event poller scaling modes in Lambda", "Cost optimization example": ten mappings of
 * one poller below 2 MB/s cost $1,332 apart and $133.20 in a group.
 */
test('ten mappings with units of their own cost what AWS’s guide says', () => {
  expect(cents(pollerDollars(pollerUnits(10 * 2e6, { ...group, group: null }), x86, A_30_DAY_MONTH))).toBe(1332)
  expect(cents(pollerDollars(pollerUnits(10 * 2e6, group), x86, A_30_DAY_MONTH))).toBe(133.2)
})
