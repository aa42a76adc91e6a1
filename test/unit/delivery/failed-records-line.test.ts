import fc from 'fast-check'
import {
  type FailedRecordsFacts,
  failedRecordsLines,
  failedRecordsMessages,
  parseFailedRecordsLine,
} from '../../../lib/delivery/failed-records-line.ts'
import { failurePolicyNames } from '../../../lib/delivery/policy.ts'
import { type ErrorCode, errorCodes } from '../../../lib/error.ts'

const facts: FailedRecordsFacts = {
  message: 'Records left in Kafka',
  topic: 'orders',
  partition: 3,
  policy: 'log',
  errorCode: 'VALUE_UNDECODABLE',
  errorMessage: 'The value is not JSON.',
}

/** A line as a log service returns it: with fields of the logger around those of the line. */
const logged = (line: object) =>
  JSON.parse(
    JSON.stringify({ level: 'ERROR', timestamp: '2026-01-01T00:00:00Z', service: 's', connector: 'c', ...line }),
  )

const offsetsOf = (ranges: [number, number][]) =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))

test('names each offset, and joins only neighbours', () => {
  const [line] = failedRecordsLines(facts, [97, 3, 50, 98, 99])
  expect(line).toMatchObject({ schema: 1, ranges: '3,50,97-99', firstOffset: 3, lastOffset: 99, records: 5 })
})

test('law: what is read is what was written, whatever the offsets', () => {
  const offsets = fc.oneof(
    fc.array(fc.oneof(fc.nat(60), fc.maxSafeNat(), fc.constant(-1)), { minLength: 1, maxLength: 200 }),
    fc
      .tuple(fc.nat(), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1_500 }))
      .map(([first, step, count]) => Array.from({ length: count }, (_, index) => first + index * step)),
  )
  const others = fc.record(
    {
      message: fc.constantFrom(...failedRecordsMessages),
      topic: fc.string({ minLength: 1, maxLength: 249 }),
      partition: fc.integer({ min: -1, max: 10_000 }),
      policy: fc.constantFrom(...failurePolicyNames),
      errorCode: fc.constantFrom(...(Object.keys(errorCodes) as ErrorCode[])),
      errorMessage: fc.string({ maxLength: 1_000, unit: 'binary' }),
      cause: fc.string(),
      putInto: fc.string(),
    },
    { requiredKeys: ['message', 'topic', 'partition', 'policy', 'errorCode', 'errorMessage'] },
  )
  fc.assert(
    fc.property(offsets, others, (numbers, told) => {
      const read = failedRecordsLines(told, numbers).map(line => parseFailedRecordsLine(logged(line)))
      expect(read.flatMap(line => offsetsOf(line?.ranges ?? []))).toEqual(
        [...new Set(numbers)].filter(offset => offset >= 0).toSorted((a, b) => a - b),
      )
      expect(read.reduce((sum, line) => sum + (line?.records ?? 0), 0)).toBe(numbers.length)
      for (const line of read) expect(line).toMatchObject({ ...told, schema: 1, connector: 'c' })
    }),
  )
})

// Container runtimes split lines of 16 KB, after which neither part is JSON.
test('a line stays below 16 KB, however many records failed and however long the error is', () => {
  const scattered = Array.from({ length: 10_000 }, (_, index) => 9e15 + 2 * index)
  const long = { ...facts, errorMessage: 'x'.repeat(50_000), cause: 'y'.repeat(50_000) }
  const lines = failedRecordsLines(long, scattered).map(line => JSON.stringify(logged(line)))
  expect(Math.max(...lines.map(line => line.length))).toBeLessThan(16 * 1024)
})

test('records of a platform without offsets are counted', () => {
  const [line] = failedRecordsLines({ ...facts, partition: -1 }, [-1, -1])
  expect(line).toMatchObject({ ranges: '', firstOffset: -1, lastOffset: -1, records: 2 })
  expect(parseFailedRecordsLine(logged(line ?? {}))?.ranges).toEqual([])
})

test.each([
  ['of something else', { ...facts, schema: 1, message: 'Object written' }],
  ['of another version', { ...failedRecordsLines(facts, [1])[0], schema: 2 }],
  ['with ranges of another form', { ...failedRecordsLines(facts, [1])[0], ranges: '1..3' }],
  ['that is no object', 'Task timed out after 3.00 seconds'],
])('a line %s is not one about failed records', (_, line) => {
  expect(parseFailedRecordsLine(line)).toBeUndefined()
})
