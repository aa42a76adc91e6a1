import type { LogEvent } from '../../../../lib/cloudwatch/logs.ts'
import type { ConsoleContext } from '../../../../lib/console/context.ts'
import { logs } from '../../../../lib/console/questions/logs.ts'
import { dump, read, SERVICE } from '../../../support/connectors.ts'

const NOW = Date.now()
const line = (at: number, message: string, fields: object = {}): LogEvent => ({
  ...{ id: `${at}`, timestamp: NOW + at },
  message: JSON.stringify({ level: 'INFO', message, function_name: 'x', ...fields }),
})

/** The console's context when the logs of a connector's functions have these lines. */
function contextOf(events: Record<string, LogEvent[]>): ConsoleContext {
  const between = async function* (name: string) {
    yield events[name.slice(SERVICE.length + 1)] ?? []
  }
  const deployment = { service: SERVICE, logs: { between } }
  return { service: { connectors: read({ flow: dump() }), deployment } } as unknown as ConsoleContext
}

/** The first answers. */
async function answers(events: Record<string, LogEvent[]>, count: number, filter: object = {}) {
  const end = new AbortController()
  const found = []
  for await (const answer of logs.follow(contextOf(events), { name: 'flow', ...filter }, end.signal)) {
    found.push(answer)
    if (found.length === count) break
  }
  end.abort()
  return found
}

test('lines of all functions come in the order of time, each with an id by which it is told from others', async () => {
  const [lines] = await answers(
    { flow: [line(1, 'a'), line(3, 'c')], 'flow-check': [line(2, 'b', { topic: 'orders' })] },
    1,
  )
  expect(lines).toMatchObject([
    { id: '1', function: 'dump', functionName: `${SERVICE}-flow`, message: 'a', level: 'INFO' },
    { id: '2', function: 'check', message: 'b', fields: { topic: 'orders' } },
    { id: '3', message: 'c' },
  ])
})

test('where nothing was logged, the first answer says so', async () => {
  await expect(answers({}, 1)).resolves.toEqual([[]])
  await expect(answers({ flow: [line(1, 'a')] }, 1, { level: 'ERROR' })).resolves.toEqual([[]])
})

test('of a log with more than a person reads, the newest lines are sent, in answers of a size that a page can take', async () => {
  const long = 'x'.repeat(20_000)
  const events = Array.from({ length: 2_500 }, (_, at) => line(at, long, { stack: long, ranges: [long] }))
  const [first = [], ...others] = await answers({ flow: events }, 40)
  expect(first[0]).toMatchObject({
    id: '1500',
    message: expect.stringMatching(/^x{4000} … \(16000 more characters\)$/),
  })
  for (const answer of [first, ...others]) expect(JSON.stringify(answer).length).toBeLessThan(300_000)
})
