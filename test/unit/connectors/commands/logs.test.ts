import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { type LogEvent, NoLogError } from '../../../../lib/cloudwatch/logs.ts'
import type { Deployment } from '../../../../lib/connectors/commands/deployment.ts'
import { documents } from '../../../../lib/connectors/commands/documents/index.ts'
import { type LogsOptions, logs } from '../../../../lib/connectors/commands/logs.ts'
import { Output } from '../../../../lib/connectors/commands/output.ts'
import { commandContext, dump, read, SERVICE } from '../../../support/connectors.ts'

/** Pages of a log, for each time that it is read; it is gone when there are no more. */
type Log = LogEvent[][][]

const CONNECTOR = { flow: dump({ to: { bucket: 'lake', rotate: { flushSize: 10 } } }) }

/** What `logs` prints when the logs of the connector's functions answer like this. */
async function printed(answers: Record<string, Log>, options: Partial<LogsOptions> & { json?: boolean } = {}) {
  const { json = false, ...asked } = options
  const requests: { name: string; from: number; to: number }[] = []
  const deployment: Partial<Deployment> = {
    service: SERVICE,
    logs: {
      async *between(name, from, to) {
        requests.push({ name, from, to })
        const pages = answers[name.slice(SERVICE.length + 1)]?.shift()
        if (!pages) throw new NoLogError(name)
        for (const events of pages) yield events.filter(({ timestamp }) => timestamp >= from)
      },
      async *matching() {},
    },
  }
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += stripVTControlCharacters(String(chunk))
      done()
    },
  })
  const context = {
    ...commandContext(read(CONNECTOR), undefined, () => {}),
    deployment: deployment as Deployment,
    output: new Output(stream),
    json,
  }
  const ended = await logs(context, { name: 'flow', ...asked }).catch(error => error)
  return { lines: text.split('\n').slice(0, -1), requests, ended }
}

const NOW = Date.now()
const at = (ms: number, message: string): LogEvent => ({ id: `${ms} ${message}`, timestamp: NOW + ms, message })
const structured = (level: string, message: string, fields: object = {}) =>
  JSON.stringify({ level, message, function_name: 'x', ...fields })

test('a connector’s functions are shown together, in the order of time, each line with its function', async () => {
  const { lines } = await printed({
    flow: [[[at(1, structured('INFO', 'a')), at(4, structured('INFO', 'd'))], [at(6, structured('INFO', 'f'))]]],
    // Two instances: a page is not quite in order.
    'flow-compact': [[[at(5, structured('WARN', 'e')), at(2, structured('INFO', 'b'))]]],
    'flow-check': [[[], [at(3, structured('ERROR', 'c'))]]],
  })
  expect(lines.map(line => line.slice(21))).toEqual([
    'dump     INFO   a',
    'compact  INFO   b',
    'check    ERROR  c',
    'dump     INFO   d',
    'compact  WARN   e',
    'dump     INFO   f',
  ])
})

test('lines are chosen by function, level, code and place', async () => {
  const code = { errorCode: 'STORE_UNAVAILABLE', topic: 'orders', partition: 0 }
  const answers = (): Record<string, Log> => ({
    flow: [
      [
        [
          at(1, structured('INFO', 'a', { topic: 'orders', partition: 0 })),
          at(2, structured('WARN', 'b', { topic: 'orders', partition: 1 })),
          at(3, structured('ERROR', 'c', code)),
        ],
      ],
    ],
    'flow-compact': [[[at(4, structured('ERROR', 'd', { errorCode: 'STORE_REJECTED', topic: 'payments' }))]]],
  })
  const messages = async (options: Partial<LogsOptions>) =>
    (await printed(answers(), { ...options, json: true })).lines.map(line => JSON.parse(line).message)
  expect(await messages({ level: 'warn' })).toEqual(['b', 'c', 'd'])
  expect(await messages({ code: 'STORE_UNAVAILABLE' })).toEqual(['c'])
  expect(await messages({ topic: 'orders', partition: '0' })).toEqual(['a', 'c'])
  expect(await messages({ function: 'compact' })).toEqual(['d'])
  expect((await printed(answers(), { function: 'compct' })).ended.message).toBe(
    'flow has no function compct; did you mean compact?',
  )
  expect((await printed(answers(), { level: 'loud' })).ended.message).toContain('expected one of DEBUG, INFO')
})

test.each([
  [
    'REPORT RequestId: 1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\tInit Duration: 200.4 ms\t',
    'report',
    'INFO',
    'Invocation: 12 ms, 200 ms to start, 90 of 512 MB',
  ],
  [
    'REPORT RequestId: 1\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\tStatus: timeout',
    'timeout',
    'ERROR',
    'The invocation timed out after 3 s.',
  ],
  [
    'REPORT RequestId: 1\tDuration: 30.00 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory',
    'memory',
    'ERROR',
    'The process ran out of memory (128 of 128 MB).',
  ],
  [
    '2026-01-31T12:00:00.000Z 1-2 Task timed out after 20.02 seconds',
    'timeout',
    'ERROR',
    'The invocation timed out after 20 s.',
  ],
  [
    'RequestId: 1-2 Error: Runtime exited with error: signal: killed\nRuntime.ExitError',
    'crash',
    'ERROR',
    'The process was ended: Runtime exited with error: signal: killed',
  ],
  [
    'INIT_START Runtime Version: nodejs:24.v5\tRuntime Version ARN: arn:aws:lambda:eu::runtime:1',
    'start',
    'INFO',
    'A new instance starts, with the runtime nodejs:24.v5.',
  ],
  [
    '{"time":"2026-01-31T12:00:00.000Z","type":"platform.report","record":{"requestId":"1","metrics":{"durationMs":5.6,"memorySizeMB":512,"maxMemoryUsedMB":90},"status":"success"}}',
    'report',
    'INFO',
    'Invocation: 6 ms, 90 of 512 MB',
  ],
  [
    '{"time":"2026-01-31T12:00:00.000Z","type":"platform.report","record":{"metrics":{"durationMs":3000},"status":"timeout"}}',
    'timeout',
    'ERROR',
    'The invocation timed out after 3 s.',
  ],
  [
    '2026-01-31T12:00:00.000Z\t1-2\tERROR\tInvoke Error \t{"errorType":"KAFKA_ACCESS_DENIED","errorMessage":"no","stack":["x"]}',
    'crash',
    'ERROR',
    'Invoke Error: no',
  ],
  ['something else', 'text', 'INFO', 'something else'],
])('a line of the platform is shown as what it is: %s', async (message, kind, level, said) => {
  const { lines } = await printed({ flow: [[[at(0, message)]]] }, { json: true })
  const [line] = lines.map(line => documents.logs.parse(JSON.parse(line)))
  expect(line).toMatchObject({ function: 'dump', kind, level, message: expect.stringContaining(said) })
})

test('metrics, and the beginnings and ends of invocations, are left out', async () => {
  const noise = [
    '{"_aws":{}}',
    'START RequestId: 1 Version: $LATEST',
    'END RequestId: 1',
    '{"time":"t","type":"platform.start","record":{}}',
  ]
  expect((await printed({ flow: [[noise.map((message, index) => at(index, message))]] })).lines).toEqual([])
})

test('an error says who has to act, also in a line of an earlier version', async () => {
  const error = (errorCode: string) => at(0, structured('ERROR', 'Partition stopped', { errorCode }))
  const { lines } = await printed({ flow: [[[error('STORE_UNAVAILABLE'), error('STORE_ACCESS_DENIED')]]] })
  expect(lines[0]).toMatch(/errorCode=STORE_UNAVAILABLE {2}\(it passes by itself\)$/)
  expect(lines[1]).toMatch(/errorCode=STORE_ACCESS_DENIED {2}\(a person has to act\)$/)
})

test('what a line has of a terminal’s control characters is not sent to the terminal', async () => {
  const { lines } = await printed({
    flow: [[[at(0, structured('INFO', 'a\x1b]0;title\x07b\x1b[2J', { topic: 'x\x1b[1m' }))]]],
  })
  expect(lines[0]?.slice(21)).toBe('dump     INFO   a]0;titleb[2J  topic=x[1m')
})

// As arguments of one call, so many lines were a RangeError.
test('shows a day of many lines, some at a time', async () => {
  const timestamp = NOW
  const pages = Array.from({ length: 20 }, (_, page) =>
    Array.from({ length: 10_000 }, (_, index) => ({ id: `${page}-${index}`, timestamp, message: 'done' })),
  )
  const { lines, ended, requests } = await printed({ flow: [pages] }, { since: '1d' })
  expect(ended).toBeUndefined()
  expect(lines).toHaveLength(200_000)
  // What is logged meanwhile is left to the next reading, so that one that reads a busy log ends.
  expect(requests[0]?.to).toBeGreaterThan(NOW)
})

// The next request began after the newest line, so what another instance had logged until then was never shown.
test('follows a log whose lines come late, showing each once', async () => {
  const first = at(0, 'first')
  const late = [at(0, 'in the same millisecond'), at(-5_000, 'from another instance')]
  const { lines, requests, ended } = await printed({ flow: [[[first]], [[...late, first]]] }, { tail: true })
  expect(lines.map(line => line.slice(37))).toEqual(['first', 'from another instance', 'in the same millisecond'])
  // Not everything since the beginning is asked for again.
  const again = requests.filter(({ name }) => name === `${SERVICE}-flow`)[1]
  expect(again?.from).toBeGreaterThan(NOW - 60_000)
  expect(ended.message).toBe('flow has no log; is it deployed?')
})
