import { toBatches } from '../../../lib/platforms/alibaba/event.ts'

const message = (offset: number, more: object) => ({
  type: 'alikafka:Topic:Message',
  data: { topic: 'orders', partition: 0, offset, timestamp: 1_767_225_600_000, key: 'k', ...more },
})

test('a record whose content the platform left out is no tombstone: it is abnormal, and named by its offset', () => {
  const [batch, ...others] = toBatches([
    message(1, { value: 'v' }),
    message(2, { overflowFlag: true, valueSize: 272_687 }),
    message(3, { overflowFlag: 'true' }),
    message(4, { overflowFlag: false }),
  ])
  expect(others).toEqual([])
  expect(batch?.records.map(({ offset, value }) => [offset, value?.toString()])).toEqual([
    [1, 'v'],
    [4, undefined],
  ])
  expect(batch?.abnormal.map(({ record, error, position }) => [record.offset, error.code, position])).toEqual([
    [2, 'RECORD_LEFT_OUT', 1],
    [3, 'RECORD_LEFT_OUT', 1],
  ])
})
