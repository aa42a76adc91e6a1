/** The connectors that the console shows in tests and on screenshots: one of each kind, with what can go wrong. */

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:europe-AbCdEf'

/** As it would be deployed. On this machine clusters and store are replaced. */
const cluster = (host: string) => ({ bootstrapServers: [`${host}:9096`], auth: { scram512: SECRET } })

const europe = cluster('kafka.europe.example.com')
const america = cluster('kafka.america.example.com')
const bucket = 'lake'
const batch = { windowSeconds: 2 }

export const declared = {
  // Its values have to be JSON: records that aren't are put aside.
  'orders-to-lake': {
    type: 'dump',
    source: { ...europe, topics: ['orders'] },
    to: { bucket, prefix: 'orders', format: 'jsonl', compression: 'gzip', valueFormat: 'json' },
    restore: america,
    ...{ batch, failurePolicy: 'log', abnormalDataTopic: 'orders-abnormal', deadLetter: 'orders-dead' },
  },
  // Objects are made of batches that are staged first.
  'clicks-to-lake': {
    type: 'dump',
    source: { ...europe, topics: ['clicks'] },
    to: { bucket, prefix: 'clicks', format: 'parquet', rotate: { flushSize: 1_000, rotateIntervalMs: 60_000 } },
    batch,
  },
  // Stops at the first record that isn't JSON.
  'payments-to-lake': {
    type: 'dump',
    source: { ...europe, topics: ['payments'] },
    to: { bucket, prefix: 'payments', format: 'json', valueFormat: 'json' },
    ...{ batch, failurePolicy: 'fail' },
  },
  // A topic of many partitions, with very large records.
  'sensors-to-lake': {
    type: 'dump',
    source: { ...europe, topics: ['sensors'] },
    to: { bucket, prefix: 'sensors', format: 'avro' },
    batch,
  },
  // Has written very many objects.
  'archive-to-lake': {
    type: 'dump',
    source: { ...europe, topics: ['archive'] },
    to: { bucket, prefix: 'archive', format: 'jsonl', compression: 'none' },
    batch,
  },
  atlantic: {
    type: 'replicate',
    source: { ...europe, alias: 'europe', topics: ['orders', 'customers'] },
    to: { ...america, alias: 'america', compression: 'zstd', replicas: 1 },
    syncOffsets: { syncConsumerOffsets: true },
    batch,
  },
} as const

export type ConnectorName = keyof typeof declared

/** Partitions of topics that don't have as many as those that are created for a service. */
export const partitions = { sensors: 500 }
