import type { FoundRecord } from '../../chaos/checker/found.ts'
import { inOrder } from '../../chaos/others/in-order.ts'

const record = (partition: number, offset: number): FoundRecord => ({
  ...{ topic: 'orders', partition, offset, timestamp: 0, place: '' },
  ...{ key: null, value: null, headers: [] },
})

async function offsets(...files: FoundRecord[][]): Promise<string[]> {
  async function* all() {
    yield* files
  }
  const found = await Array.fromAsync(inOrder(all()))
  return found.map(({ partition, offset }) => `${partition}:${offset}`)
}

test('files are taken by the first offset that they have of a partition', async () => {
  const later = [record(0, 2), record(1, 0), record(0, 3)]
  const earlier = [record(0, 0), record(1, 7), record(0, 1)]
  expect(await offsets(later, earlier)).toEqual(['0:0', '0:1', '0:2', '0:3', '1:0', '1:7'])
})

test('a disorder within a file, and a record that is in two files, stay as they are', async () => {
  expect(await offsets([record(0, 2), record(0, 1)], [record(0, 1)])).toEqual(['0:1', '0:2', '0:1'])
})
