import { parseTime } from '../../lib/point-in-time.ts'

const NOW = Date.UTC(2026, 10, 29, 12)

test.each([
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T12:30Z', Date.UTC(2026, 0, 31, 12, 30)],
  ['2026-01-31T12:30:15.250+02:00', Date.UTC(2026, 0, 31, 10, 30, 15, 250)],
  ['1d', NOW - 86_400_000],
  ['2h', NOW - 7_200_000],
  ['90s', NOW - 90_000],
  ['0', 0],
  ['1767225600000', 1_767_225_600_000],
])('%s is a time', (text, expected) => {
  expect(parseTime(text, NOW)).toBe(expected)
})

test.each([
  '',
  'yesterday',
  '1w',
  '-1',
  '2026-02-30',
  '2026-13-01',
  '2026-01-31T25:00Z',
  '2026-01-31T12:00',
  '1.5h',
  '2026-01-31 12:00Z',
])('%j is none', text => {
  expect(parseTime(text, NOW)).toBeUndefined()
})
