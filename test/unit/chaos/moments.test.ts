import type { FoundRecord } from '../../chaos/checker/found.ts'
import { brokenLaws } from '../../chaos/checker/laws.ts'
import { Moments, type Sightings, type View } from '../../chaos/checker/moments.ts'

/** What is listed at a moment: the numbers of the records in each object. */
type Listed = Record<string, string[]>

/** What a reader says who sees these moments, one after the other, and reads the last one once more in the end. */
async function sightingsOf(...moments: (Listed | Error)[]): Promise<Sightings> {
  const { promise: seen, resolve } = Promise.withResolvers<void>()
  let looks = 0
  const viewer = {
    async look(): Promise<View> {
      const moment = moments[looks]
      looks += 1
      if (looks === moments.length) resolve()
      if (moment === undefined || moment instanceof Error) throw moment
      return new Map(Object.entries(moment))
    },
    async [Symbol.asyncDispose]() {},
  }
  const watching = new Moments(viewer, () => {}, 1)
  await seen
  await watching.stop()
  const end = moments.findLast(moment => !(moment instanceof Error)) as Listed
  for await (const _ of watching.last(reading(end)));
  return watching.sightings
}

async function* reading(listed: Listed): AsyncIterable<FoundRecord> {
  for (const [key, numbers] of Object.entries(listed))
    for (const [row, number] of numbers.entries())
      yield {
        ...{ topic: 'orders', partition: 0, offset: row, timestamp: 0, key: null, value: null, place: `${key} ${row}` },
        headers: [{ key: 'number', value: Buffer.from(number) }],
      }
}

const none = { twice: 0, vanished: 0, unreadable: 0 }

test('objects that appear one after the other are seen without a fault', async () => {
  expect(await sightingsOf({}, { a: ['1', '2'] }, { a: ['1', '2'], b: ['3'] })).toEqual({ looks: 4, seen: 3, ...none })
})

test('a record that is in two objects for a moment is seen twice, though only one of them is there in the end', async () => {
  const sightings = await sightingsOf({ a: ['1', '2'] }, { a: ['1', '2'], b: ['2', '3'] }, { b: ['2', '3'], c: ['1'] })
  expect(sightings).toEqual({ looks: 4, seen: 3, ...none, twice: 1 })
})

test('a record that is gone for a moment has vanished, though it is there again in the end', async () => {
  expect(await sightingsOf({ a: ['1', '2'] }, {}, { b: ['1', '2'] })).toEqual({
    looks: 4,
    seen: 2,
    ...none,
    vanished: 2,
  })
})

test('an object that is replaced by one with other records shows by those that are gone', async () => {
  expect(await sightingsOf({ a: ['1', '2'] }, { a: ['1', '3'] })).toEqual({ looks: 3, seen: 2, ...none, vanished: 1 })
})

test('an object that can’t be read for a moment is counted', async () => {
  const cut = new Error('The object a can’t be read.')
  expect(await sightingsOf({}, cut, { a: ['1'] })).toEqual({ looks: 4, seen: 1, ...none, unreadable: 1 })
})

test('what a reader sees for a moment breaks a law', () => {
  const verdict = {
    ...{ produced: 1, found: 1, lost: 0, duplicated: 0, outOfOrder: 0, wrongBytes: 0, invented: 0, examples: [] },
    ...{ putAside: { count: 0, reasons: {} }, longestPauseMs: 0, caughtUpMs: 0, broken: [] },
    sightings: { looks: 9, seen: 1, twice: 2, vanished: 3, unreadable: 1 },
  }
  expect(brokenLaws(verdict, { duplicates: 'never', putAside: 'never' })).toEqual([
    '3 records are gone after a reader saw them',
    '2 records are there twice at a moment',
    'a reader failed at 1 moments',
  ])
})
