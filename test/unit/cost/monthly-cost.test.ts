import { monthlyCost, type Usage } from '../../../lib/cost/monthly-cost.ts'

const HOUR = 3_600_000
const GB = 2 ** 30

const usage: Usage = {
  spanMs: HOUR,
  invocations: 0,
  gbSeconds: null,
  store: null,
  logBytes: null,
  metrics: 0,
  alarms: 0,
  pollerUnits: 0,
}
const requests = { put: 0, list: 0, get: 0, delete: 0 }

/** What a month of it costs, by what it is for. */
const dollars = (used: Partial<Usage>) =>
  Object.fromEntries(monthlyCost({ ...usage, ...used }).map(({ what, dollars }) => [what, Number(dollars.toFixed(4))]))

test('what is used in an hour is used 730 times in a month', () => {
  expect(dollars({ invocations: 1_000_000, gbSeconds: 3_600 })).toEqual({
    'Lambda, invocations': 146,
    'Lambda, time': 35.0402,
  })
  // Half an hour of the same is twice as much.
  expect(dollars({ spanMs: HOUR / 2, invocations: 1_000_000 })).toEqual({ 'Lambda, invocations': 292 })
})

test('requests cost by their kind, and deleting is free', () => {
  const store = { bytes: 0, keptDays: null, requests: { put: 600, list: 400, get: 10_000, delete: 1_000_000 } }
  // $0.005 and $0.004 an hour.
  expect(dollars({ store })).toEqual({ 'S3, requests': 6.57 })
})

test('objects cost as long as they are kept', () => {
  expect(dollars({ store: { requests, bytes: GB, keptDays: null } })).toEqual({ 'S3, storage': 16.79 })
  // Of a day's 24 GB, a week's are there at a time.
  expect(dollars({ store: { requests, bytes: GB, keptDays: 7 } })).toEqual({ 'S3, storage': 3.864 })
})

test('what is there all the time costs the same however little is done', () => {
  expect(dollars({ metrics: 10, alarms: 4, pollerUnits: 1, logBytes: GB / 730 })).toEqual({
    'Lambda, pollers': 135.05,
    'CloudWatch, logs': 0.5,
    'CloudWatch, metrics': 3,
    'CloudWatch, alarms': 0.4,
  })
})

test('each part says how much it is of', () => {
  const store = { bytes: GB / 730, keptDays: 30, requests: { ...requests, put: 1 } }
  const parts = monthlyCost({ ...usage, invocations: 12_345, metrics: 1, store })
  expect(parts.map(({ reckoning }) => reckoning)).toEqual([
    '9.01 million invocations',
    '730 PUT and LIST, 0 GET',
    '0.986 GB that are kept for 30 days',
    '1 metric',
  ])
})
