import { createDumpedRecords } from '../../../lib/dumped/create-dumped-records.ts'
import type { RecordSelection } from '../../../lib/dumped/dumped-records.ts'
import { layouts } from '../../../lib/dumped/layouts/index.ts'
import { requireFound } from '../../../lib/dumped/nothing-found.ts'
import { DumpBucket } from '../../support/dump-bucket.ts'
import type { MemoryStore } from '../../support/memory-store.ts'
import { recordsFrom } from '../../support/printed.ts'

/** A bucket with `kafka/orders`, `kafka/payments`, and a staged `kafka/refunds`. */
async function filledBucket({ template }: { template?: string } = {}): Promise<DumpBucket> {
  const bucket = new DumpBucket({ prefix: 'kafka', template })
  const records = (topic: string) => recordsFrom(0, 3).map(record => ({ ...record, topic }))
  for (const topic of ['orders', 'payments']) await bucket.dump(records(topic))
  await bucket.dump(records('refunds'), { isStaged: true })
  return bucket
}

async function refusalOf(store: MemoryStore, prefix: string, selection: RecordSelection = {}): Promise<string> {
  const at = (other: string) => ({
    place: other === '' ? 's3://lake' : `s3://lake/${other}`,
    layout: layouts['kafka-functions'].create({ prefix: other }),
  })
  const dumped = createDumpedRecords([{ store, prefix, at, layout: at(prefix).layout }])
  const places = await Array.fromAsync(dumped.partitions(selection))
  const refusal = requireFound(dumped, selection, places)
  await refusal.catch(error => expect(error).toMatchObject({ code: 'RESTORE_NOTHING_FOUND', retryable: false }))
  return await refusal.then(
    () => 'found',
    ({ message }) => message,
  )
}

describe('a dump that isn’t where it was looked for', () => {
  const has = 's3://lake/kafka has refunds, orders, payments'

  test.each([
    ['', `Nothing of it is directly below s3://lake. ${has}. No dump was found.`],
    ['kafak', `There is no object below s3://lake/kafak. ${has}. No dump was found.`],
    [
      'kafka/orders',
      `Nothing of it is directly below s3://lake/kafka/orders. s3://lake/kafka has orders. No dump was found.`,
    ],
  ])('is told with its topics instead of %p', async (prefix, message) => {
    const { store } = await filledBucket()
    expect(await refusalOf(store, prefix)).toBe(message)
    expect(await refusalOf(store, 'kafka')).toBe('found')
  })

  test('and has keys of another template is told with the ways to read it', async () => {
    const { store } = await filledBucket({ template: 'data/{topic}/{partition}/{offsets}' })
    for (const { key } of await Array.fromAsync(store.list('kafka/_staging/'))) await store.delete([key])
    expect(await refusalOf(store, 'kafka')).toMatch(
      /^Objects below s3:\/\/lake\/kafka have keys of another form, such as kafka\/data\/orders\S+\. Give the template.+by-content/,
    )
  })

  test('is told also where another dump was found', async () => {
    const { store, source } = await filledBucket()
    const at = (prefix: string) => ({ place: `s3://lake/${prefix}`, layout: source.layout })
    const dumped = createDumpedRecords([source, { ...source, store, prefix: 'laek', at }])
    const places = await Array.fromAsync(dumped.partitions({}))
    const refusal = { message: expect.stringContaining('There is no object below s3://lake/laek. ') }
    await expect(requireFound(dumped, {}, places)).rejects.toMatchObject(refusal)
  })

  test('is told to be nowhere in an empty bucket', async () => {
    const { store } = new DumpBucket()
    expect(await refusalOf(store, 'kafka')).toBe('There is no object below s3://lake/kafka. No dump was found.')
  })
})

describe('a selection that a dump doesn’t have', () => {
  test.each<[RecordSelection, string]>([
    [{ topics: ['order'] }, 'The dump has no topic order: did you mean orders?'],
    [{ topics: ['orders', 'paiments'] }, 'The dump has no topic paiments: did you mean payments?'],
    [{ topics: ['/x.+/'] }, 'The dump has no topic /x.+/: it has orders, payments, refunds.'],
    [{ topics: ['orders'], partitions: [7] }, 'The dump has nothing of what is selected; it has the topics'],
    [{ topics: ['orders'], partitions: [0, 7] }, 'The dump has nothing of partition 7.'],
    [{ offsets: { orders: { 0: [[0, 2]], 9: [[0, 1]] } } }, 'The dump has nothing of orders-9.'],
    [{ offsets: { orderss: { 0: [[0, 2]] } } }, 'The dump has no topic orderss: did you mean orders?'],
    [{ topics: ['orders', '/pay.+/'] }, 'found'],
  ])('is refused with what is there instead: %p', async (selection, message) => {
    const { store } = await filledBucket()
    expect(await refusalOf(store, 'kafka', selection)).toContain(message)
  })
})
