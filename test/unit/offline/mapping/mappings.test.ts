import type { EventSourceMapping } from '../../../../lib/offline/mapping/event-source-mapping.ts'
import { Mappings } from '../../../../lib/offline/mapping/mappings.ts'

const mapping = { topic: 'orders', functionName: 'shop-dev-dump', enabled: true, batchSize: 1 } as EventSourceMapping

/** A running mapping, whose first runner stops only when it is let. */
function running() {
  const { promise: mayStop, resolve: letStop } = Promise.withResolvers<void>()
  const started: number[] = []
  const mappings = new Mappings(({ batchSize }) => ({
    lastResult: 'OK',
    start: async () => void started.push(batchSize),
    stop: () => (batchSize === 1 ? mayStop : Promise.resolve()),
  }))
  const { uuid } = mappings.add(mapping)
  const change = (batchSize: number) => mappings.change(uuid, { ...mapping, batchSize })
  return { mappings, uuid, change, started, letStop }
}

test('of two changes at once, the mapping runs with the later one', async () => {
  const { change, started, letStop } = running()
  const first = change(2)
  await change(3)
  letStop()
  await first
  expect(started).toEqual([1, 3])
})

test.each<[string, (mappings: Mappings, uuid: string) => Promise<void>]>([
  ['deleted', (mappings, uuid) => mappings.delete(uuid)],
  ['stopped with all others', mappings => mappings.stop()],
])('a mapping that is %s while it is changed does not run again', async (_, end) => {
  const { mappings, uuid, change, started, letStop } = running()
  const changed = change(2)
  await end(mappings, uuid)
  letStop()
  await changed
  expect(started).toEqual([1])
})
