import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { MetricName } from '../../lib/observability/metrics.ts'
import { openBucket } from '../../local/bucket.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { stack, uniqueName } from '../support/stack.ts'

const file = new URL('../../functions/dump.ts', import.meta.url).pathname
const event = JSON.parse(readFileSync(new URL('../../events/aws-odd-cases.json', import.meta.url), 'utf8'))
const TRACE = '1-5759e988-bd862e3fe1be46a994272793'
const lambda = { AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }

/** Starts `dump` and its bucket. */
async function startDump(environment: Record<string, string>): Promise<FunctionProcess> {
  const bucket = uniqueName('telemetry')
  await openBucket({ ...stack.store, bucket })
  const { endpoint = '', credentials } = stack.store
  const store = {
    S3_BUCKET: bucket,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
  return new FunctionProcess(file, { ...store, ...environment })
}

type Line = Record<string, unknown>
const linesOf = (output: string): Line[] =>
  output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
const isMetrics = (line: Line) => '_aws' in line

test('each invocation on Lambda writes its metrics as one line in the embedded metric format', async () => {
  const dump = await startDump({ ...lambda, SERVICE_NAME: 'shop-dev', CONNECTOR_NAME: 'orders-to-lake' })
  await dump.invoke(event)
  await dump.invoke({ eventSource: 'aws:kafka', records: {} })
  const lines = linesOf(await dump.stop()).filter(isMetrics)
  expect(lines).toHaveLength(2)
  const [line = {}] = lines
  const { Timestamp, CloudWatchMetrics } = line._aws as { Timestamp: number; CloudWatchMetrics: Line[] }
  expect(Math.abs(Date.now() - Timestamp)).toBeLessThan(60_000)
  expect(CloudWatchMetrics).toEqual([
    {
      Namespace: 'kafka-functions',
      Dimensions: [['service', 'connector']],
      Metrics: expect.arrayContaining([
        { Name: 'RecordsIn', Unit: 'Count' },
        { Name: 'BytesIn', Unit: 'Bytes' },
        { Name: 'PutDuration', Unit: 'Milliseconds' },
      ]),
    },
  ])
  expect(line).toMatchObject({ service: 'shop-dev', connector: 'orders-to-lake' })
})

test('the metrics say what came in, what went out, what was put aside, and how long each step took', async () => {
  const dump = await startDump(lambda)
  await dump.invoke(event)
  const output = await dump.stop()
  const line = linesOf(output).find(isMetrics) ?? {}
  const sum = (name: MetricName) => [line[name] ?? 0].flat().reduce<number>((sum, value) => sum + Number(value), 0)
  const written = linesOf(output).filter(({ message }) => message === 'Object written')
  const aside = linesOf(output).filter(({ message }) => message === 'Records left in Kafka')
  const total = (lines: Line[], name: string) => lines.reduce((sum, line) => sum + Number(line[name]), 0)
  expect(sum('Objects')).toBe(3)
  expect(sum('RecordsOut')).toBe(total(written, 'records'))
  expect(sum('BytesOut')).toBe(total(written, 'bytes'))
  expect(sum('DeadLetters')).toBe(total(aside, 'records'))
  expect(sum('RecordsIn')).toBe(sum('RecordsOut') + sum('DeadLetters'))
  expect(sum('BytesIn')).toBeGreaterThan(0)
  expect(line.DecodeDuration).toBeGreaterThan(0)
  expect(line.EncodeDuration).toHaveLength(3)
  expect(line.PutDuration).toHaveLength(3)
  for (const age of [line.NewestRecordAge].flat()) expect(age).toBeGreaterThanOrEqual(0)
})

test('nowhere else: a laptop’s log has no metrics', async () => {
  const dump = await startDump({})
  await dump.invoke(event)
  expect(linesOf(await dump.stop()).filter(isMetrics)).toEqual([])
})

test('a traced invocation sends its steps to X-Ray, each time under its own trace; others send nothing', async () => {
  const daemon = createSocket('udp4').bind(0, '127.0.0.1')
  await once(daemon, 'listening')
  const received: { trace_id: string; name: string; parent_id: string; id: string; annotations: Line }[] = []
  // Each datagram is a header line and one subsegment. Source: AWS X-Ray, "Sending segment documents to the X-Ray daemon".
  daemon.on('message', datagram => void received.push(JSON.parse(datagram.toString().split('\n')[1] ?? '')))
  const dump = await startDump({
    ...lambda,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
    LAMBDA_TASK_ROOT: '/var/task',
    _HANDLER: 'functions/dump.handler',
    CONNECTOR_NAME: 'orders-to-lake',
  })
  const parent = '53995c3f42cd8ad8'
  const header = (sampled: number, digit: number) =>
    `Root=${TRACE.replace(/.$/, `${digit}`)};Parent=${parent};Sampled=${sampled}`
  await dump.invoke(event, 20_000, { _X_AMZN_TRACE_ID: header(0, 1) })
  for (const digit of [2, 3]) await dump.invoke(event, 20_000, { _X_AMZN_TRACE_ID: header(1, digit) })
  await dump.stop()
  daemon.close()
  const traces = Map.groupBy(received, ({ trace_id }) => trace_id)
  expect([...traces.keys()]).toEqual([TRACE.replace(/.$/, '2'), TRACE.replace(/.$/, '3')])
  for (const segments of traces.values()) {
    const steps = segments.filter(({ name }) => !name.startsWith('##'))
    const invocation = segments.find(({ name }) => name === '## functions/dump.handler')
    expect(invocation).toMatchObject({ parent_id: parent, annotations: { connector: 'orders-to-lake' } })
    expect(steps.map(({ name }) => name).toSorted()).toEqual([
      'Decode',
      'Encode',
      'Encode',
      'Encode',
      'Put',
      'Put',
      'Put',
    ])
    for (const { parent_id } of steps) expect(parent_id).toBe(invocation?.id)
    expect(steps.find(({ name }) => name === 'Put')?.annotations).toMatchObject({ topic: expect.any(String) })
  }
})
