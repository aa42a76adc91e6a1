import { createDumpedRecords } from '../../../lib/dumped/create-dumped-records.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { DumpBucket, readDumps } from '../../support/dump-bucket.ts'

const place = { topic: 'orders', partition: 0 }

function recordAt(offset: number, value = 'value'): KafkaRecord {
  return { ...place, offset, timestamp: offset, key: null, value: Buffer.from(value), headers: [] }
}

test('objects of another template and what is in quarantine are told, as they are not read', async () => {
  const former = new DumpBucket({ template: '{topic}/part-{partition}/from-{offsets}' })
  await former.dump([recordAt(0), recordAt(1)])
  const bucket = new DumpBucket({ store: former.store })
  await bucket.dump([recordAt(2)])
  const [key = ''] = bucket.store.keys().filter(key => key.includes('from-'))
  const other = { contentType: 'application/json', metadata: {}, body: Buffer.from('x') }
  await bucket.store.put({ ...other, key: 'lake/_quarantine/orders/0/one.jsonl' })
  await bucket.store.put({ ...other, key: 'lake/readme.txt' })
  const dumped = createDumpedRecords([bucket.source])
  expect(await dumped.passedOver()).toEqual([
    { reason: 'quarantined', key: 'lake/_quarantine/orders/0/one.jsonl', objects: 1 },
    { reason: 'unrecognized', key, objects: 1 },
  ])
})

test('a dump that is read whole passes over nothing', async () => {
  const bucket = new DumpBucket()
  await bucket.dump([recordAt(0)], { isStaged: true })
  await bucket.compact('orders', 0)
  await bucket.dump([recordAt(1)], { isStaged: true })
  expect(await createDumpedRecords([bucket.source]).passedOver()).toEqual([])
})

test('a large value that is not as long as its record says is damaged', async () => {
  const bucket = new DumpBucket({ form: { maxInlineValueBytes: 100 } })
  await bucket.dump([recordAt(0), recordAt(1, 'v'.repeat(1_000)), recordAt(2)])
  const [key = ''] = bucket.store.keys().filter(key => key.includes('_overflow'))
  const { records } = await readDumps([bucket], place)
  expect(records[1]?.value?.length).toBe(1_000)
  await bucket.store.put({
    key,
    contentType: 'application/octet-stream',
    metadata: {},
    body: Buffer.from('other bytes'),
  })
  await expect(readDumps([bucket], place)).rejects.toMatchObject({
    ...{ code: 'DUMP_OBJECT_UNREADABLE', offset: 1 },
    message: expect.stringContaining(key),
  })
  const { records: others, findings } = await readDumps([bucket], place, {}, { skipCorrupt: true })
  expect(others.map(({ offset }) => offset)).toEqual([0, 2])
  expect([findings.missing, findings.corrupt.map(({ key }) => key)]).toEqual([[[1, 1]], [key]])
})
