import fc from 'fast-check'
import { createObjectKeys } from '../../../lib/objects/key.ts'
import { findStaged, firstStaged } from '../../../lib/operate/staged.ts'
import { findInStore, sendTest } from '../../../lib/operate/test-record.ts'
import type { OutgoingRecord } from '../../../lib/record.ts'
import type { ObjectStore } from '../../../lib/s3/store.ts'
import { renderStagedKey } from '../../../lib/staging/name.ts'
import { keySettings } from '../../support/arbitrary-key-settings.ts'

/** Lists as S3 does: in the order of the keys' bytes, those after a key only. */
const storeOf = (keys: string[]): Pick<ObjectStore, 'list'> => ({
  async *list(prefix, after = '') {
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    yield* sorted.filter(key => key.startsWith(prefix) && key > after).map(key => ({ key, size: 1, modified: 0 }))
  },
})

// Where offsets are hardly padded, those of more digits sort before others: looking from a key on passed the object by.
test('a record is found in the object that has it, whatever the template, the partitioner and the padding', async () => {
  const offset = fc.oneof(fc.nat(), fc.constantFrom(9, 99_999, 1_000_000, 1_000_500, 10_999_999, 2 ** 40))
  const [before, behind] = [fc.nat(999), fc.nat(999)]
  await fc.assert(
    fc.asyncProperty(keySettings, offset, before, behind, async (settings, offset, before, behind) => {
      const keys = createObjectKeys(settings)
      const record = { topic: 'orders', partition: 3, offset, timestamp: 1_767_323_045_000, key: 'k', value: '{}' }
      const sent = { ...record, id: 'some-id', ends: {} }
      const headers = [{ key: 'kafka-functions.test', value: Buffer.from('some-id') }]
      const bytes = { key: Buffer.from('k'), value: Buffer.from('{}') }
      const [object] = keys.divide([{ ...record, ...bytes, headers }])
      const first = Math.max(offset - before, 0)
      const keyOf = (firstOffset: number, lastOffset: number) => {
        const range = { topic: 'orders', partition: 3, firstOffset, lastOffset }
        return keys.render({ ...range, path: object?.path, extension: 'json.gz' })
      }
      const others = [keyOf(offset + behind + 1, offset + behind + 9), ...(first > 0 ? [keyOf(0, first - 1)] : [])]
      const holding = keyOf(first, offset + behind)
      expect(await findInStore(sent, keys, storeOf([...others, holding]))).toBe(holding)
      expect(await findInStore(sent, keys, storeOf(others))).toBeUndefined()
    }),
  )
})

test('with rotation, a record is found in the batch that has it', async () => {
  const name = { topic: 'orders', partition: 3, minTimestamp: 1, maxTimestamp: 2, form: '01234567', extension: 'avro' }
  const keyOf = (firstOffset: number, lastOffset: number) =>
    renderStagedKey('lake', { ...name, firstOffset, lastOffset, records: 2, digest: '0123456789abcdef' })
  const sent = {
    topic: 'orders',
    partition: 3,
    offset: 15,
    key: 'k',
    value: '{}',
    timestamp: 1,
    id: 'some-id',
    ends: {},
  }
  const others = [keyOf(1, 9), keyOf(20, 29)]
  expect(await findStaged(sent, 'lake', storeOf([...others, keyOf(10, 19)]))).toBe(keyOf(10, 19))
  expect(await findStaged(sent, 'lake', storeOf(others))).toBeUndefined()
  expect(await firstStaged('lake', storeOf(others))).toBe(keyOf(1, 9))
  expect(await firstStaged('lake', storeOf(['lake/_staging/notes.txt', 'lake/orders/1']))).toBeUndefined()
})

test('a record is sent to the partition and with the headers that were asked for, and the one that identifies it', async () => {
  const record = { topic: 'orders', key: 'k', value: null, partition: 2, headers: { region: 'eu' } }
  const sent: OutgoingRecord[] = []
  const producer = {
    async send(_: string, records: OutgoingRecord[]) {
      sent.push(...records)
      return [{ partition: 2, firstOffset: 7 }]
    },
  }
  const { id, partition, offset } = await sendTest(record, producer as never, Date.now() + 1_000)
  expect([partition, offset]).toEqual([2, 7])
  expect(sent).toMatchObject([{ partition: 2 }])
  expect(sent[0]?.headers.map(({ key, value }) => `${key}=${value}`)).toEqual([
    'region=eu',
    `kafka-functions.test=${id}`,
  ])
})
