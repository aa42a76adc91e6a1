import type { LogEvent } from '../../../../lib/cloudwatch/logs.ts'
import type { Deployment } from '../../../../lib/connectors/commands/deployment.ts'
import { logs } from '../../../../lib/connectors/commands/logs.ts'
import { dump, read } from '../../../support/connectors.ts'

/** What `logs` prints when the log answers like this, one request after the other, and then is gone. */
async function printed(answers: LogEvent[][], options: { since?: string; tail?: boolean }) {
  const lines: string[] = []
  const asked: number[] = []
  const deployment = {
    functionName: () => 'lake-dev-flow',
    logs: {
      since: async (_: string, from: number) => {
        asked.push(from)
        return answers[asked.length - 1]?.filter(({ timestamp }) => timestamp >= from)
      },
      async *matching() {},
    },
  } as Partial<Deployment> as Deployment
  const context = { connectors: read({ flow: dump() }), deployment, write: (line: string) => lines.push(line) }
  const ended = await logs(context, { name: 'flow', ...options }).catch(error => error)
  return { lines, asked, ended }
}

// As arguments of one call, so many lines were a RangeError.
test('shows a day of many lines', async () => {
  const timestamp = Date.now()
  const events = Array.from({ length: 200_000 }, (_, index) => ({ id: `${index}`, timestamp, message: 'done' }))
  const { lines, ended } = await printed([events], { since: '1d' })
  expect(ended).toBeUndefined()
  expect(lines).toHaveLength(200_000)
})

// The next request began after the newest line, so what another instance had logged until then was never shown.
test('follows a log whose lines come late, showing each once', async () => {
  const now = Date.now()
  const first = { id: 'a', timestamp: now, message: 'first' }
  const late = [
    { id: 'b', timestamp: now, message: 'in the same millisecond' },
    { id: 'c', timestamp: now - 5_000, message: 'from another instance' },
  ]
  const { lines, asked, ended } = await printed([[first], [...late, first]], { tail: true })
  expect(lines.map(line => line.slice(21))).toEqual(['first', 'in the same millisecond', 'from another instance'])
  // Not everything since the beginning is asked for again.
  expect(asked[1]).toBeGreaterThan(now - 60_000)
  expect(ended.message).toBe('flow has no log; is it deployed?')
})
