import { isAnswer, parseCheckRequest } from '../../../lib/operate/check-request.ts'

const sent = {
  ...{ topic: 'orders', key: null, value: '{}', partition: 2, headers: { region: 'eu' } },
  ...{ offset: 5, timestamp: 1_767_323_045_000, id: 'some-id', ends: {} },
}

const position = { partition: 0, committed: null, start: 0, end: 5, produced: 5, nextTimestamp: 1_767_323_045_000 }

// `list` printed NaN, and `check` said "asked is not iterable".
test.each([
  ['check', { results: [{ check: 'source login', ok: true, detail: '' }] }, [{}, null, { results: {} }, 'ok']],
  ['positions', { orders: [position], gone: null }, [{ orders: 5 }, { orders: [{ partition: 0 }] }, undefined, []]],
  ['send', sent, [{}, { ...sent, offset: 'x' }]],
  ['find', { bucket: 'lake', key: 'a' }, [{}, { topic: 'orders' }, 5]],
] as const)('an answer to %s of another form is told from one', (action, right, wrong) => {
  expect(isAnswer(action, right)).toBe(true)
  for (const answer of wrong) expect(isAnswer(action, answer)).toBe(false)
})

test('nothing found yet is an answer', () => {
  expect(isAnswer('find', null)).toBe(true)
})

test('a record may be sent to a partition, with headers', () => {
  const record = { topic: 'orders', key: null, value: null, partition: 2, headers: { region: 'eu' } }
  expect(parseCheckRequest({ action: 'send', record })).toEqual({ action: 'send', record })
  expect(() => parseCheckRequest({ action: 'send', record: { ...record, partition: -1 } })).toThrow('record.partition')
})
