import { createDumpedRecords } from '../../../lib/dumped/create-dumped-records.ts'
import { noFindings, type ReadingOptions } from '../../../lib/dumped/dumped-records.ts'
import { type LayoutKind, layouts } from '../../../lib/dumped/layouts/index.ts'
import { MemoryStore } from '../../support/memory-store.ts'

/** A dump of another connector, and the calls that its store got. */
async function dumpOf(kind: LayoutKind, objects: Record<string, string>) {
  const calls: string[] = []
  const store = new MemoryStore(
    () => 0,
    (call, key) => void calls.push(`${call} ${key}`),
  )
  for (const [key, text] of Object.entries(objects)) await store.put({ key, body: Buffer.from(text) } as never)
  calls.length = 0
  const dumped = createDumpedRecords([{ store, prefix: '', layout: layouts[kind].create({ prefix: '' }) }])
  return {
    calls,
    async read(partition = 0, options: Partial<ReadingOptions> = {}) {
      const findings = noFindings()
      const batches = dumped.read({ topic: 'orders', partition }, {}, { findings, ...options })
      const records = (await Array.fromAsync(batches)).flatMap(({ records }) => records)
      return { offsets: records.map(({ offset }) => offset), values: records.map(({ value }) => `${value}`), findings }
    },
  }
}

const sink = {
  'topics/orders/partition=0/orders+0+0000000000.json': '"a"\n"b"\n',
  'topics/orders/partition=0/orders+0+0000000005.json': '"c"\n"d"\n',
}

test('an object without companions takes one request', async () => {
  const { read, calls } = await dumpOf('confluent', sink)
  expect(await read()).toMatchObject({ offsets: [0, 1, 5, 6], findings: { missing: [[2, 3]] } })
  expect(calls.filter(call => call.includes('orders+0+'))).toEqual(Object.keys(sink).map(key => `slice ${key}`))
})

test('an object that can’t be read ends the reading, or is among the findings, without offsets that nobody knows', async () => {
  const { read } = await dumpOf('confluent', {
    ...sink,
    'topics/orders/partition=0/orders+0+0000000009.json': '"e"\n{',
  })
  await expect(read()).rejects.toMatchObject({
    code: 'DUMP_OBJECT_UNREADABLE',
    message: expect.stringContaining('09.json'),
  })
  const { offsets, findings } = await read(0, { skipCorrupt: true })
  expect(offsets).toEqual([0, 1, 5, 6])
  expect(findings.missing).toEqual([[2, 3]])
  expect(findings.corrupt).toMatchObject([{ firstOffset: 9, lastOffset: undefined }])
})

test('a continued reading counts as before', async () => {
  const { read } = await dumpOf('confluent', sink)
  expect(await read(0, { after: 0 })).toMatchObject({ offsets: [1, 5, 6], values: ['b', 'c', 'd'] })
  expect(await read(0, { after: 5 })).toMatchObject({ offsets: [6], values: ['d'] })
})

test('a value that was left out is a finding, and no tombstone', async () => {
  const [one, other] = [
    '[{"topic":"orders","partition":0,"offset":1,"value":"a"},{"topic":"orders","partition":0,"offset":2,"overflowFlag":true,"valueSize":9}]',
    '[{"topic":"orders","partition":0,"offset":3,"value":"b"},{"topic":"orders","partition":1,"offset":7}]',
  ]
  const { read } = await dumpOf('alibaba', { 'x/2': one, 'x/1': other })
  const { offsets, findings } = await read()
  expect(offsets).toEqual([1, 3])
  expect(findings.missing).toEqual([[2, 1]])
  expect(findings.corrupt).toMatchObject([{ key: 'x/2', firstOffset: 2, lastOffset: 2 }])
  expect(findings.corrupt[0]?.error.message).toMatch(/9 bytes.*Kafka/)
  expect(await read(1)).toMatchObject({ offsets: [7], values: ['null'] })
})

test('what is no object of records is told', async () => {
  const { read } = await dumpOf('by-content', { 'x/README': 'Hello', 'x/1': '[]' })
  await expect(read()).rejects.toMatchObject({
    code: 'DUMP_OBJECT_UNREADABLE',
    message: expect.stringContaining('README'),
  })
  expect(await read(0, { skipCorrupt: true })).toMatchObject({ findings: { corrupt: [{ key: 'x/README' }] } })
})
