import { readCompactSettings } from '../../../../lib/config/compact.ts'
import { readDumpSettings } from '../../../../lib/config/dump.ts'
import { dump, expansionOf, faults, permissions } from '../../../support/connectors.ts'

const HOUR = 3_600_000
const MINUTE = 60_000

const rotating = (rotate: object, to: object = {}) => dump({ to: { prefix: 'kafka', rotate, ...to } })
const bucket = (path: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::my-lake${path}`]] })
const environmentOf = (declared: object, key: string) =>
  expansionOf({ flow: declared }).functions[key]?.environment as Record<string, string>

test('a dump with rotation stages, and has a function that compacts every minute, also while it is disabled', () => {
  const declared = rotating(
    { targetSizeBytes: 128_000_000, rotateScheduleIntervalMs: HOUR, timezone: 'Europe/Berlin', across: 'topic' },
    { format: 'parquet', partitioner: 'hourly' },
  )
  const { functions } = expansionOf({ flow: { ...declared, enabled: false, failurePolicy: 'fail' } })
  const rotation = {
    targetSizeBytes: 128_000_000,
    rotateScheduleIntervalMs: HOUR,
    timeZone: 'Europe/Berlin',
    maxOpenMs: HOUR,
    across: 'topic',
  }
  expect(readDumpSettings(functions.flow?.environment as Record<string, string>)).toMatchObject({ rotation })
  const compact = functions['flow-compact']
  expect(compact).toMatchObject({
    handler: 'functions/compact.handler',
    timeout: 300,
    events: [{ schedule: { rate: ['rate(1 minute)'], enabled: true } }],
  })
  expect(compact).not.toHaveProperty('vpc')
  expect(readCompactSettings(compact?.environment as Record<string, string>)).toMatchObject({
    rotation,
    store: { bucket: 'my-lake' },
    format: { format: 'parquet' },
    keys: { prefix: 'kafka', partitioner: { name: 'time' } },
    failure: { connector: 'flow', policy: 'fail' },
  })
})

// Runs begin each minute, and may last longer.
test('where the store can’t tell two runs which was first, only one runs', () => {
  const { functions } = expansionOf({ flow: rotating({ flushSize: 5 }, { createOnce: 'single-writer' }) })
  expect(functions['flow-compact']).toMatchObject({ reservedConcurrency: 1 })
  expect(functions.flow).not.toHaveProperty('reservedConcurrency')
})

test('without rotation there is no such function', () => {
  const { functions, resources } = expansionOf({ flow: dump() })
  expect(Object.keys(functions)).toEqual(['flow', 'flow-check'])
  expect(Object.keys(resources).filter(id => /Staged|Quarantined|compact/i.test(id))).toEqual([])
})

test('an empty rotation stages nothing more, and what is staged is still compacted', () => {
  expect(readDumpSettings(environmentOf(rotating({}), 'flow')).rotation).toBeUndefined()
  expect(readCompactSettings(environmentOf(rotating({}), 'flow-compact')).rotation).toBeUndefined()
})

test('the newest records of each key, and retention by their own time, are settings of compact alone', () => {
  const latest = rotating({ flushSize: 5 }, { keepLatest: true, tombstones: 'drop' })
  expect(readCompactSettings(environmentOf(latest, 'flow-compact')).retention).toEqual({
    keepLatest: { tombstones: 'drop' },
  })
  expect(environmentOf(latest, 'flow')).not.toHaveProperty('KEEP_LATEST')
  const kept = rotating({ flushSize: 5 }, { recordRetentionDays: 7 })
  expect(readCompactSettings(environmentOf(kept, 'flow-compact')).retention.recordRetentionMs).toBe(7 * 24 * HOUR)
})

test('its role makes and deletes objects below the prefix, and invokes itself', () => {
  expect(permissions(expansionOf({ flow: rotating({ flushSize: 5 }) }), 'FlowDashcompactRole')).toEqual([
    [['s3:PutObject', 's3:AbortMultipartUpload'], bucket('/kafka/*')],
    [['s3:GetObject', 's3:DeleteObject'], [bucket('/kafka/*')]],
    [['s3:ListBucket'], bucket('')],
    [
      ['lambda:InvokeFunction'],
      [
        {
          'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:lake-dev-flow-compact`,
        },
      ],
    ],
  ])
})

// S3 answers that access is denied where an object doesn't exist, unless the role may list the bucket for a request without prefix.
test('its role may list for a request that has no prefix', () => {
  const { resources } = expansionOf({ flow: rotating({ flushSize: 5 }) })
  const policy = JSON.stringify(resources.FlowDashcompactRole)
  expect(policy).toContain('"Condition":{"StringLikeIfExists":{"s3:prefix":"kafka/*"}}')
})

test('a dump’s own role stages with what it has anyway', () => {
  const [first] = permissions(expansionOf({ flow: rotating({ flushSize: 5 }) }), 'FlowRole').slice(-6)
  const statements = permissions(expansionOf({ flow: rotating({ flushSize: 5 }) }), 'FlowRole')
  expect(statements).toEqual(permissions(expansionOf({ flow: dump({ to: { prefix: 'kafka' } }) }), 'FlowRole'))
  expect(first).toBeDefined()
})

test.each([
  [{ flushSize: 5 }, HOUR],
  [{ flushSize: 5, maxOpenMs: 10 * MINUTE }, 10 * MINUTE],
  [{ rotateScheduleIntervalMs: 24 * HOUR }, 24 * HOUR],
  [{}, 0],
])('staged batches of %j that wait longer than rotation says set off an alarm', (rotate, longest) => {
  const { resources } = expansionOf({ flow: rotating(rotate) })
  expect(resources.FlowStagedAlarm?.Properties).toMatchObject({
    MetricName: 'OldestStagedAge',
    Statistic: 'Maximum',
    Threshold: longest + 15 * MINUTE,
    EvaluationPeriods: 15,
  })
})

test('batches that may wait for ever set off none', () => {
  const { resources } = expansionOf({ flow: rotating({ flushSize: 5, maxOpenMs: -1 }) })
  expect(resources).not.toHaveProperty('FlowStagedAlarm')
})

test('so do batches in quarantine, and a compaction that fails', () => {
  const { resources } = expansionOf({ flow: rotating({ flushSize: 5 }) })
  expect(resources.FlowQuarantinedAlarm?.Properties).toMatchObject({ MetricName: 'Quarantined', Threshold: 1 })
  expect(resources.FlowDashcompactErrorsAlarm?.Properties).toMatchObject({
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: 'lake-dev-flow-compact' }],
  })
})

test('the dashboard has a second row for what is compacted, and no graph lies on another', () => {
  const { resources } = expansionOf({ a: rotating({ flushSize: 5 }), b: dump({ to: { prefix: 'b' } }) })
  const body = resources.ConnectorsDashboard?.Properties.DashboardBody as { 'Fn::Sub': string }
  const { widgets } = JSON.parse(body['Fn::Sub'].replaceAll(`\${AWS::Region}`, 'eu-central-1'))
  const places = widgets.map(({ x, y }: { x: number; y: number }) => `${x} ${y}`)
  expect(new Set(places).size).toBe(widgets.length)
  const titles = widgets.filter(({ y }: { y: number }) => y === 7)
  expect(titles.map(({ properties }: { properties: { title: string } }) => properties.title)).toEqual([
    ...['Staged', 'Compacted', 'Compaction, ms', 'Compaction failed'],
  ])
})

test.each<[string, object, object, string[]]>([
  [
    'no limit',
    { timezone: 'UTC' },
    {},
    [
      expect.stringMatching(
        /^flow\.to\.rotate\.flushSize: expected a limit: this one, to\.rotate\.targetSizeBytes, to\.rotate\.rotateIntervalMs or to\.rotate\.rotateScheduleIntervalMs/,
      ),
      expect.stringMatching(
        /^flow\.to\.rotate\.timezone: expected nothing, unless to\.rotate\.rotateScheduleIntervalMs is set/,
      ),
    ],
  ],
  [
    'an unknown time zone',
    { rotateScheduleIntervalMs: HOUR, timezone: 'Mars/Base' },
    {},
    ['flow.to.rotate.timezone: expected an IANA time zone, such as Europe/Berlin, got "Mars/Base"'],
  ],
  [
    'a schedule that does not divide the day',
    { rotateScheduleIntervalMs: 7_000_000 },
    {},
    [expect.stringMatching(/^flow\.to\.rotate\.rotateScheduleIntervalMs: expected a divisor of a day/)],
  ],
  [
    'an interval that is never reached',
    { rotateIntervalMs: 2 * HOUR, maxOpenMs: HOUR },
    {},
    ['flow.to.rotate.rotateIntervalMs: expected at most to.rotate.maxOpenMs, which closes objects before this does'],
  ],
  ['an unknown key', { flushsize: 5 }, {}, ['flow.to.rotate.flushsize: unknown key; did you mean flushSize?']],
  [
    'the newest records of values',
    { flushSize: 5 },
    { keepLatest: true, format: 'raw' },
    [expect.stringMatching(/^flow\.to\.keepLatest: expected false, as to\.format is raw/)],
  ],
  [
    'the newest records in folders',
    { flushSize: 5 },
    { keepLatest: true, partitioner: 'daily' },
    [expect.stringMatching(/^flow\.to\.keepLatest: expected false, as to\.partitioner or to\.partitionBy/)],
  ],
  [
    'a retention that takes the log of commits',
    { flushSize: 5 },
    { createBucket: true, retentionDays: 3 },
    [expect.stringMatching(/^flow\.to\.retentionDays: expected at least 14 with to\.rotate/)],
  ],
  [
    'a retention that takes what is staged',
    { flushSize: 5, maxOpenMs: 20 * 24 * HOUR },
    { createBucket: true, retentionDays: 15 },
    [expect.stringMatching(/^flow\.to\.retentionDays: expected at least 21 with to\.rotate/)],
  ],
  [
    'a retention that takes the only record of a key',
    { flushSize: 5 },
    { createBucket: true, retentionDays: 30, keepLatest: true },
    ['flow.to.retentionDays: expected nothing with to.keepLatest: a key that is not written again would be lost'],
  ],
  [
    'a retention of records that is never reached',
    { flushSize: 5 },
    { createBucket: true, retentionDays: 30, recordRetentionDays: 30 },
    ['flow.to.recordRetentionDays: expected less than to.retentionDays, 30, after which objects are deleted anyway'],
  ],
])('%s is refused, by the keys', (_, rotate, to, expected) => {
  expect(faults({ flow: rotating(rotate, to) })).toEqual(expected)
})

test('two dumps that would stage in one folder are refused, whatever their topics', () => {
  const second = dump({ source: { topics: ['payments'] }, to: { prefix: 'kafka', rotate: { flushSize: 5 } } })
  expect(faults({ a: rotating({ flushSize: 5 }), b: second })).toEqual([
    'b.to.prefix: expected a prefix other than that of a: with rotate, each connector would compact what the other has staged',
  ])
  const others = [
    dump({ source: { topics: ['payments'] }, to: { prefix: 'kafka' } }),
    dump({ source: { topics: ['payments'] }, to: { prefix: 'other', rotate: { flushSize: 5 } } }),
    dump({ source: { topics: ['payments'] }, to: { prefix: 'kafka', bucket: 'other', rotate: { flushSize: 5 } } }),
  ]
  for (const b of others) expect(faults({ a: rotating({ flushSize: 5 }), b })).toEqual([])
})

test('the newest records without rotation are refused', () => {
  expect(faults({ flow: dump({ to: { keepLatest: true } }) })).toEqual([
    'flow.to.keepLatest: expected to.rotate as well, as only compaction does this',
  ])
  expect(faults({ flow: dump({ to: { keepLatest: false } }) })).toEqual([])
})
