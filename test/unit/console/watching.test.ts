import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { createDeployment } from '../../../lib/connectors/commands/deployment.ts'
import type { WatchEvent } from '../../../lib/console/api/index.ts'
import { KeptOpen } from '../../../lib/console/kept-open.ts'
import { Runs } from '../../../lib/console/runs.ts'
import { Watching } from '../../../lib/console/watching.ts'

const config = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
const service = { connectors: [], deployment: createDeployment('shop-dev', config, { isLocal: true }) }

/** A console without a page, and what a page that watches the service is told. */
function start() {
  const runs = new Runs(service)
  const watching = new Watching({ service, runs, open: new KeptOpen() })
  const told: object[] = []
  const arrivals = new EventTarget()
  const watch = (signal: AbortSignal) =>
    watching.watch(
      { id: '1', question: 'service', args: {} },
      (event: Omit<WatchEvent, 'id'>) => {
        told.push(event)
        arrivals.dispatchEvent(new Event('told'))
      },
      signal,
    )
  return { runs, watching, told, watch, next: () => once(arrivals, 'told') }
}

test('a page that comes back sees the newest answer at once, without asking again', async () => {
  const { watching, told, watch, next } = start()
  const page = new AbortController()
  watch(page.signal)
  await next()
  page.abort()
  watch(new AbortController().signal)
  expect(told).toEqual([told[0], told[0]])
  watching.close()
})

// Without that, `service` is asked again after ten seconds.
test('once something is done, what is shown is asked again at once', async () => {
  const { runs, watching, told, watch, next } = start()
  watch(new AbortController().signal)
  await next()
  await turn()
  runs.start('check', { name: 'orders-to-lake' })
  await next()
  expect(told).toHaveLength(2)
  watching.close()
}, 5_000)

test('after its end nothing is asked', async () => {
  const { runs, watching, told, watch, next } = start()
  watch(new AbortController().signal)
  await next()
  watching.close()
  runs.start('check', { name: 'orders-to-lake' })
  await runs.close()
  await turn()
  expect(told).toHaveLength(1)
})
