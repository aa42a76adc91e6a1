import { type LinkPlace, linkEvent, parseLink, parseRun } from '../../../lib/restore/links.ts'

test.each(['nightly restore 1', '../../../orders', '', 'a'.repeat(65), 7, ['a']])(
  'a name of a run that can’t be part of a key is refused: %j',
  run => {
    expect(() => parseRun({ run, topics: ['orders'] })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('run: expected letters') }),
    )
  },
)

test('what an event asks for is told apart from the name of its run', () => {
  expect(parseRun({ run: 'nightly-1', dryRun: true })).toEqual({ run: 'nightly-1', asked: { dryRun: true } })
  expect(parseRun({ dryRun: true, run: null })).toEqual({ asked: { dryRun: true } })
  expect(parseRun(undefined)).toEqual({ asked: {} })
  expect(parseRun('all')).toEqual({ asked: 'all' })
})

test('a link comes back from its event, and a damaged one begins no other run', () => {
  const link = {
    id: 'shop',
    run: 'nightly-1',
    link: 2,
    idle: 0,
    places: [
      [0, 0, 0],
      [3, 17, 1],
    ] as LinkPlace[],
  }
  expect(parseLink(linkEvent(link))).toEqual(link)
  const check = { id: 'shop', run: 'nightly-1', link: 2, idle: 0, from: { topic: 'orders', partition: 3, offset: 17 } }
  expect(parseLink(linkEvent(check))).toEqual(check)
  expect(parseLink({ topics: ['orders'] })).toBeUndefined()
  expect(() => parseLink({ continues: { ...link, run: 'nightly restore 1' } })).toThrow(/continues: expected/)
})
