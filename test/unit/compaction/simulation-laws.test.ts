import type { CommitStore } from '../../../lib/commits/commit-store.ts'
import { type Found, Laws } from '../../support/simulation/laws.ts'
import { Random } from '../../support/simulation/random.ts'
import { type Faults, NO_FAULTS, Scheduler, type SimulatedWorker } from '../../support/simulation/scheduler.ts'
import { SimulatedStore } from '../../support/simulation/store.ts'

/** Objects here are lists of offsets. */
const read = (_: string, { body }: { body: Buffer }): Found[] =>
  body.length === 0
    ? []
    : Array.from(body.toString().split(','), text => ({ partition: 0, offset: Number(text), id: text }))

function world(seed: number, trace = false) {
  const scheduler = new Scheduler(new Random(seed), 0, trace)
  const laws = new Laws(read)
  const store = new SimulatedStore(laws)
  scheduler.watch = () => laws.check()
  const start = (
    name: string,
    work: (client: CommitStore, worker: SimulatedWorker) => Promise<unknown>,
    faults = NO_FAULTS,
  ) => scheduler.start(name, faults, worker => work(store.client(worker), worker))
  return { scheduler, laws, store, start }
}

const object = (key: string, body: string) => ({
  key,
  body: Buffer.from(body),
  contentType: 'text/plain',
  metadata: {},
})

describe('the laws notice', () => {
  test('an offset that readers see twice', async () => {
    const { scheduler, start } = world(1)
    start('one', client => client.create(object('a', '1,2')))
    start('two', client => client.create(object('b', '2,3')))
    await expect(scheduler.run()).rejects.toThrow('no reader sees an offset twice: 2, with')
  })

  test('a record that was deleted before it was elsewhere, but not one that is', async () => {
    const { scheduler, start } = world(1)
    start('one', async client => {
      await client.put(object('_staging/a', '1,2'))
      await client.create(object('a', '1'))
      await client.delete(['_staging/a'])
    })
    await expect(scheduler.run()).rejects.toThrow('nothing is deleted that is not elsewhere: 2, last in _staging/a')
  })

  test('two that write different bytes to one key, though the first stays', async () => {
    const { scheduler, start } = world(1)
    start('one', client => client.create(object('a', '1')))
    start('two', client => client.create(object('a', '1,2')))
    await expect(scheduler.run()).rejects.toThrow('two workers that do the same write the same bytes: a')
  })
})

describe('a history', () => {
  const faults: Faults = { killed: 0.05, refused: 0.1, lost: 0.1, asleep: 0.2, frozen: 0 }

  async function run(seed: number) {
    const { scheduler, store, start } = world(seed, true)
    for (const name of ['one', 'two', 'three']) {
      start(
        name,
        async client => {
          for (const key of ['a', 'b', 'c', 'd']) {
            await client.create(object(key, ''))
            await Array.fromAsync(client.list(''))
          }
        },
        faults,
      )
    }
    await scheduler.run()
    return { trace: scheduler.trace, keys: store.keys() }
  }

  test('is the same again with the same seed, and another one with another', async () => {
    const [first, again, other] = [await run(7), await run(7), await run(8)]
    expect(again).toEqual(first)
    expect(other.trace).not.toEqual(first.trace)
  })

  test('has workers that are killed, calls that have no effect, and answers that are lost', async () => {
    const traces = (await Promise.all(Array.from({ length: 50 }, (_, seed) => run(seed)))).flatMap(({ trace }) => trace)
    expect(traces).toContain('two is killed')
    expect(traces).toContain('one create a: is refused')
    expect(traces).toContain('one create a: has no answer')
    expect(traces.some(line => line?.includes('list  after c'))).toBe(true)
  })

  test('lists in key order, from a key on, at most so many', async () => {
    const { scheduler, start } = world(1)
    let listed: string[] = []
    start('one', async client => {
      for (const key of ['b/3', 'a/1', 'b/1', 'c', 'b/2', 'b/4', 'b/5']) await client.put(object(key, ''))
      listed = await Array.fromAsync(client.list('b/', { after: 'b/1', limit: 3 }), ({ key }) => key)
    })
    await scheduler.run()
    expect(listed).toEqual(['b/2', 'b/3', 'b/4'])
  })
})
