import { readRecordClusterSettings } from '../../../../lib/config/record-cluster.ts'
import { dump, expansionOf, faults, permissions } from '../../../support/connectors.ts'

const bucket = (path: string) => ({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:s3:::my-lake${path}`]] })
const source = { bootstrapServers: ['kafka-1.example.com:9098'] }
const recording = (keys: object) => dump({ to: { prefix: 'kafka' }, source, ...keys })
const recorderOf = (declared: object) => expansionOf({ flow: declared }).functions['flow-record-cluster']
const settingsOf = (declared: object) =>
  readRecordClusterSettings(recorderOf(declared)?.environment as Record<string, string>)

test('a dump records nothing unless it says so', () => {
  expect(recorderOf(recording({}))).toBeUndefined()
  expect(recorderOf(recording({ recordTopics: false, recordConsumerOffsets: false }))).toBeUndefined()
})

test('topics are recorded hourly, and groups every five minutes, each by its own schedule', () => {
  const declared = recording({ recordTopics: true, recordConsumerOffsets: true })
  const { events, environment } = recorderOf(declared) ?? {}
  expect(events).toEqual([
    { schedule: { rate: ['rate(60 minutes)'], enabled: true, input: { record: ['topics'] } } },
    { schedule: { rate: [expect.stringMatching(/^cron\([0-4]\/5 /)], enabled: true, input: { record: ['groups'] } } },
  ])
  expect(environment).toMatchObject({ CONNECTOR_NAME: 'flow', OBJECT_PREFIX: 'kafka', S3_BUCKET: 'my-lake' })
  const { recording: settings, keys, source } = settingsOf(declared)
  expect(settings).toEqual({ topics: { internal: new Set() }, groups: { patterns: [/^(?:.*)$/] } })
  expect([keys.prefix, source.brokers.length > 0]).toEqual(['kafka', true])
})

test('how often, and which groups, is declared; internal topics are recorded when they are dumped', () => {
  const topics = ['orders', '__audit', 'shop.internal']
  const declared = {
    ...recording({ recordConsumerOffsets: { everyMinutes: 1, groups: ['billing-\\d{1,3}', 'shop'] } }),
    source: { ...recording({}).source, topics },
  }
  expect(recorderOf(declared)?.events).toEqual([
    { schedule: { rate: ['rate(1 minute)'], enabled: true, input: { record: ['groups'] } } },
  ])
  expect(settingsOf(declared).recording).toEqual({
    topics: undefined,
    groups: { patterns: [/^(?:billing-\d{1,3})$/, /^(?:shop)$/] },
  })
  const hourly = { ...declared, recordTopics: { everyMinutes: 1440 }, recordConsumerOffsets: false, enabled: false }
  expect(recorderOf(hourly)?.events).toMatchObject([{ schedule: { rate: ['rate(1440 minutes)'], enabled: false } }])
  expect(settingsOf(hourly).recording).toEqual({
    topics: { internal: new Set(['__audit', 'shop.internal']) },
    groups: undefined,
  })
})

test('its role describes the cluster, and writes, reads and lists the two folders of snapshots', () => {
  const folders = [bucket('/kafka/_topics/*'), bucket('/kafka/_groups/*')]
  expect(
    permissions(expansionOf({ flow: recording({ recordTopics: true }) }), 'FlowDashrecordDashclusterRole'),
  ).toEqual(
    expect.arrayContaining([
      [['s3:PutObject', 's3:AbortMultipartUpload'], folders],
      [['s3:GetObject'], folders],
      [['s3:ListBucket'], bucket('')],
    ]),
  )
  const { resources } = expansionOf({ flow: recording({ recordTopics: true }) })
  expect(JSON.stringify(resources.FlowDashrecordDashclusterRole)).toContain(
    '"s3:prefix":["kafka/_topics/*","kafka/_groups/*"]',
  )
  expect(resources).toHaveProperty('FlowDashrecordDashclusterErrorsAlarm')
})

test.each([
  [{ recordTopics: 5 }, 'flow.recordTopics: expected true, false or { everyMinutes }'],
  [{ recordTopics: { everyMinutes: 0 } }, 'flow.recordTopics: expected true, false or { everyMinutes }'],
  [{ recordConsumerOffsets: { groups: [] } }, 'flow.recordConsumerOffsets: expected true'],
  [{ recordConsumerOffsets: { groups: ['('] } }, 'flow.recordConsumerOffsets: expected true'],
])('%j is refused', (keys, message) => {
  expect(faults({ flow: recording(keys) })).toEqual([expect.stringContaining(message)])
})

test('two clusters are not recorded in one folder, as a restore would take one for the other', () => {
  const other = (cluster: object) => {
    const connector = recording({ recordTopics: true })
    return { ...connector, source: { ...connector.source, topics: ['payments'], ...cluster } }
  }
  const declared = {
    a: recording({ recordTopics: true }),
    b: other({
      msk: undefined,
      auth: { scram512: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_x' },
      bootstrapServers: ['elsewhere.example.com:9096'],
    }),
  }
  expect(faults(declared)).toEqual([
    expect.stringContaining('both record topics or consumer groups of different clusters'),
  ])
  expect(faults({ ...declared, b: other({}) })).toEqual([])
})
