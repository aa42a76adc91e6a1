import { readCompactSettings } from '../../../lib/config/compact.ts'
import { readDumpSettings } from '../../../lib/config/dump.ts'

const hour = 3_600_000
const day = 24 * hour

/** Leaves room for the objects' own keys, but not for those of staged objects. */
const longPrefix = { OBJECT_KEY_TEMPLATE: '{topic}/{partition}/{offsets}', OBJECT_PREFIX: 'p'.repeat(660) }

const rotationOf = (environment: Record<string, string>) =>
  readDumpSettings({ S3_BUCKET: 'lake', ...environment }).rotation

/** The lines of the message about a wrong configuration. */
function faultsOf(environment: Record<string, string>): string[] {
  try {
    readCompactSettings({ S3_BUCKET: 'lake', ...environment })
    return []
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message.split('\n  ').slice(1)
  }
}

test('without a limit there is no rotation', () => {
  expect(rotationOf({})).toBeUndefined()
})

test('a limit alone is enough, and records wait for it an hour at most', () => {
  expect(rotationOf({ ROTATE_TARGET_SIZE_BYTES: '128000000' })).toEqual({
    targetSizeBytes: 128_000_000,
    timeZone: 'UTC',
    maxOpenMs: hour,
    across: 'partition',
  })
})

test('all limits can be set together, and -1 is off', () => {
  const environment = {
    ROTATE_FLUSH_SIZE: '100000',
    ROTATE_TARGET_SIZE_BYTES: '-1',
    ROTATE_INTERVAL_MS: '600000',
    ROTATE_SCHEDULE_INTERVAL_MS: `${hour}`,
    ROTATE_TIMEZONE: 'Asia/Kathmandu',
    ROTATE_MAX_OPEN_MS: `${2 * hour}`,
    ROTATE_ACROSS: 'topic',
  }
  expect(rotationOf(environment)).toEqual({
    flushSize: 100_000,
    targetSizeBytes: undefined,
    rotateIntervalMs: 600_000,
    rotateScheduleIntervalMs: hour,
    timeZone: 'Asia/Kathmandu',
    maxOpenMs: 2 * hour,
    across: 'topic',
  })
})

test('records wait as long as the longest interval, unless another time is set', () => {
  expect(rotationOf({ ROTATE_SCHEDULE_INTERVAL_MS: `${day}` })?.maxOpenMs).toBe(day)
  expect(rotationOf({ ROTATE_FLUSH_SIZE: '5', ROTATE_MAX_OPEN_MS: '1000' })?.maxOpenMs).toBe(1000)
  expect(rotationOf({ ROTATE_FLUSH_SIZE: '5', ROTATE_MAX_OPEN_MS: '-1' })?.maxOpenMs).toBe(Number.POSITIVE_INFINITY)
})

test.each<[string, Record<string, string>, string[]]>([
  [
    'zero records',
    { ROTATE_FLUSH_SIZE: '0' },
    ['ROTATE_FLUSH_SIZE: expected a whole number from 1 to 2147483647, or -1, got "0"'],
  ],
  [
    'no limit but a time zone',
    { ROTATE_TIMEZONE: 'UTC' },
    [
      expect.stringMatching(/^ROTATE_FLUSH_SIZE: expected a limit/),
      expect.stringMatching(/^ROTATE_TIMEZONE: expected nothing/),
    ],
  ],
  [
    'every limit off',
    { ROTATE_FLUSH_SIZE: '-1' },
    [expect.stringMatching(/^ROTATE_FLUSH_SIZE: expected a limit: this one, ROTATE_TARGET_SIZE_BYTES/)],
  ],
  [
    'an unknown time zone',
    { ROTATE_SCHEDULE_INTERVAL_MS: '60000', ROTATE_TIMEZONE: 'Mars/Base' },
    ['ROTATE_TIMEZONE: expected an IANA time zone, such as Europe/Berlin, got "Mars/Base"'],
  ],
  [
    'a time zone without a schedule',
    { ROTATE_FLUSH_SIZE: '5', ROTATE_TIMEZONE: 'UTC' },
    ['ROTATE_TIMEZONE: expected nothing, unless ROTATE_SCHEDULE_INTERVAL_MS is set'],
  ],
  [
    'a schedule that a day has no whole number of',
    { ROTATE_SCHEDULE_INTERVAL_MS: '7000000' },
    [expect.stringMatching(/^ROTATE_SCHEDULE_INTERVAL_MS: expected a divisor of a day/)],
  ],
  [
    'a schedule of days',
    { ROTATE_SCHEDULE_INTERVAL_MS: `${2 * day}` },
    [expect.stringMatching(/^ROTATE_SCHEDULE_INTERVAL_MS: expected a whole number from 1 to 86400000/)],
  ],
  [
    'an interval that is never reached',
    { ROTATE_INTERVAL_MS: '7200000', ROTATE_MAX_OPEN_MS: `${hour}` },
    ['ROTATE_INTERVAL_MS: expected at most ROTATE_MAX_OPEN_MS, which closes objects before this does'],
  ],
  [
    'a schedule that is never reached',
    { ROTATE_SCHEDULE_INTERVAL_MS: '7200000', ROTATE_MAX_OPEN_MS: `${hour}` },
    ['ROTATE_SCHEDULE_INTERVAL_MS: expected at most ROTATE_MAX_OPEN_MS, which closes objects before this does'],
  ],
  [
    'a prefix that leaves no room',
    { ROTATE_FLUSH_SIZE: '5', ...longPrefix },
    [
      expect.stringMatching(
        /^OBJECT_PREFIX: expected a shorter folder, as the keys of staged objects would have \d+ bytes/,
      ),
    ],
  ],
  [
    'the latest records without rotation',
    { KEEP_LATEST: 'true' },
    ['KEEP_LATEST: expected nothing, unless a limit of rotation is set'],
  ],
  [
    'the latest records of values only',
    { ROTATE_FLUSH_SIZE: '5', KEEP_LATEST: 'true', FORMAT: 'raw' },
    [expect.stringMatching(/^KEEP_LATEST: expected false, as FORMAT is raw/)],
  ],
  [
    'the latest records in folders',
    { ROTATE_FLUSH_SIZE: '5', KEEP_LATEST: 'true', OBJECT_PARTITIONER: 'daily' },
    [expect.stringMatching(/^KEEP_LATEST: expected false, as OBJECT_PARTITIONER or PARTITION_BY/)],
  ],
  [
    'the latest records across a topic',
    { ROTATE_FLUSH_SIZE: '5', KEEP_LATEST: 'true', ROTATE_ACROSS: 'topic' },
    [expect.stringMatching(/^KEEP_LATEST: expected false, as ROTATE_ACROSS is topic/)],
  ],
  [
    'tombstones without the latest records',
    { ROTATE_FLUSH_SIZE: '5', TOMBSTONES: 'drop' },
    ['TOMBSTONES: expected nothing, unless KEEP_LATEST is true'],
  ],
  [
    'retention without rotation',
    { RECORD_RETENTION_DAYS: '5' },
    ['RECORD_RETENTION_DAYS: expected nothing, unless a limit of rotation is set'],
  ],
  [
    'retention of the latest records',
    { ROTATE_FLUSH_SIZE: '5', KEEP_LATEST: 'true', RECORD_RETENTION_DAYS: '5' },
    [expect.stringMatching(/^RECORD_RETENTION_DAYS: expected nothing, as KEEP_LATEST/)],
  ],
])('%s is refused', (_, environment, expected) => {
  expect(faultsOf(environment)).toEqual(expected)
})

test('the same prefix is long enough without rotation', () => {
  expect(() => readDumpSettings({ S3_BUCKET: 'lake', ...longPrefix })).not.toThrow()
})

test('the latest records and retention', () => {
  const settings = { S3_BUCKET: 'lake', ROTATE_FLUSH_SIZE: '5' }
  expect(readCompactSettings({ ...settings, KEEP_LATEST: 'true' }).retention).toEqual({
    keepLatest: { tombstones: 'keep' },
  })
  expect(readCompactSettings({ ...settings, KEEP_LATEST: 'true', TOMBSTONES: 'drop' }).retention.keepLatest).toEqual({
    tombstones: 'drop',
  })
  expect(readCompactSettings({ ...settings, RECORD_RETENTION_DAYS: '2' }).retention.recordRetentionMs).toBe(2 * day)
})
