import { beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { GroupsText, groupsWithin, parseGroups } from '../../../lib/snapshots/groups-text.ts'
import type { GroupsSnapshot, RecordedGroup, RecordedPosition } from '../../../lib/snapshots/snapshot.ts'
import { snapshotKey, snapshotsFolder, snapshotTime } from '../../../lib/snapshots/snapshot-key.ts'
import { newestGroups, newestTopics } from '../../../lib/snapshots/snapshots.ts'
import { parseTopics, topicsText } from '../../../lib/snapshots/topics-text.ts'
import { MemoryStore } from '../../support/memory-store.ts'

const NOW = Date.parse('2026-11-29T16:45:00Z')
const MINUTE = 60_000
const DAY = 86_400_000
const TOPICS = 'lake/_topics/'

let store: MemoryStore
let listed: number

beforeEach(() => {
  listed = 0
  store = new MemoryStore(
    () => NOW,
    call => {
      if (call === 'list') listed += 1
    },
  )
})

async function put(key: string, body: string | Buffer): Promise<void> {
  await store.put({ key, body: Buffer.from(body), contentType: 'application/json', metadata: {} })
}

/** A snapshot whose topic has as many partitions as it is minutes old. */
async function record(minutesAgo: number): Promise<string> {
  const time = NOW - minutesAgo * MINUTE
  const topics = new Map([['orders', { partitions: minutesAgo, replicas: 3, settings: {} }]])
  const key = snapshotKey(TOPICS, time)
  await put(key, topicsText({ schema: 1, time, topics }))
  return key
}

const partitionsOf = ({ snapshot }: Awaited<ReturnType<typeof newestTopics>>) =>
  snapshot?.topics.get('orders')?.partitions

describe('the newest snapshot', () => {
  it('is the newest of all, or the newest that is not later than a time', async () => {
    for (const minutes of [65, 5, 125]) await record(minutes)
    expect(partitionsOf(await newestTopics(store, 'lake'))).toBe(5)
    expect(partitionsOf(await newestTopics(store, 'lake', NOW - 65 * MINUTE))).toBe(65)
    expect(partitionsOf(await newestTopics(store, 'lake', NOW - 65 * MINUTE - 1))).toBe(125)
    expect(await newestTopics(store, 'lake', NOW - DAY)).toEqual({ snapshot: undefined, key: undefined, damaged: [] })
    expect(await newestTopics(store, 'elsewhere')).toMatchObject({ snapshot: undefined })
  })

  it('is found however long ago it was recorded, with one page of the listing when it was recent', async () => {
    await record(3 * 365 * 24 * 60)
    expect(partitionsOf(await newestTopics(store, 'lake', NOW))).toBe(3 * 365 * 24 * 60)
    await record(24 * 60)
    listed = 0
    expect(partitionsOf(await newestTopics(store, 'lake', NOW))).toBe(24 * 60)
    expect(listed).toBe(1)
  })

  it('is the one before a damaged one, which is named', async () => {
    await record(65)
    const [cut, other, newer] = [await record(15), await record(10), await record(5)]
    await put(cut, (await store.get(cut)).subarray(0, -2))
    await put(other, '{"schema":1,"time":5,"topics":{"orders":{"partitions":"12"}}}')
    await put(newer, '{"schema":2,"time":5}')
    const found = await newestTopics(store, 'lake', NOW)
    expect(partitionsOf(found)).toBe(65)
    expect(found.damaged.map(({ key }) => key)).toEqual([newer, other, cut])
    expect(found.damaged.map(({ message }) => message)).toEqual([
      expect.stringContaining('it has the schema 2, and this version reads 1'),
      expect.stringContaining('it lacks fields of a snapshot, or has wrong ones'),
      expect.stringContaining('it is cut off, or not JSON'),
    ])
  })

  it('is no other object of the folder', async () => {
    await record(65)
    for (const name of ['notes.txt', '20269929T164500Z.json', '20261129T164400Z.json.bak'])
      await put(TOPICS + name, 'x')
    expect(await newestTopics(store, 'lake', NOW)).toMatchObject({ damaged: [] })
    expect(snapshotTime(TOPICS, `${TOPICS}20261129T164500Z.json`)).toBe(NOW)
  })

  it('is missing where the store can’t say, which is an error', async () => {
    await record(5)
    const broken = store.client(call => {
      if (call === 'get') throw new Error('the store is down')
    })
    await expect(newestTopics(broken, 'lake')).rejects.toThrow('the store is down')
  })
})

const name = fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/), fc.constantFrom('__proto__', 'constructor', '1'))
const offset = fc.maxSafeNat()
const position = fc.record({ topic: name, partition: fc.nat(500), offset, metadata: fc.string({ unit: 'grapheme' }) })
const group = fc.record({
  state: fc.constantFrom('EMPTY', 'STABLE', 'DEAD'),
  positions: fc.uniqueArray(position, { selector: ({ topic, partition }) => `${topic}/${partition}` }),
})

function sorted(positions: RecordedPosition[]): RecordedPosition[] {
  return positions.toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

describe('the text of a snapshot', () => {
  it('gives groups back as they were', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), group), offset, (recorded, end) => {
        const text = new GroupsText()
        for (const [name, group] of Object.entries(recorded)) text.add(name, group as RecordedGroup)
        const bounds: GroupsSnapshot['bounds'] = new Map([['orders', new Map([[3, { start: 0, end }]])]])
        const bytes = text.text(NOW, bounds)
        const read = parseGroups('key', bytes)
        expect(read).toMatchObject({ schema: 1, time: NOW, bounds })
        expect(new Map(Array.from(read.groups, ([name, { positions }]) => [name, sorted(positions)]))).toEqual(
          new Map(Object.entries(recorded).map(([name, { positions }]) => [name, sorted(positions)])),
        )
        expect(groupsWithin(bytes).equals(text.groups)).toBe(true)
      }),
    )
  })

  it('gives topics back as they were, whatever their order', () => {
    const topic = fc.record({ partitions: fc.nat(), replicas: fc.nat(9), settings: fc.dictionary(name, fc.string()) })
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, topic), { selector: ([name]) => name }), entries => {
        const text = topicsText({ schema: 1, time: NOW, topics: new Map(entries) })
        expect(parseTopics('key', text).topics).toEqual(new Map(entries))
        expect(topicsText({ schema: 1, time: NOW, topics: new Map(entries.toReversed()) }).equals(text)).toBe(true)
      }),
    )
  })

  it('of a million positions takes about ten bytes for each', () => {
    const text = new GroupsText()
    for (let number = 0; number < 200; number++) {
      const positions = Array.from({ length: 500 }, (_, partition) => ({
        ...{ topic: 'orders', partition, offset: 1_000_000 + number, metadata: '' },
      }))
      text.add(`group-${number}`, { state: 'EMPTY', positions })
    }
    const bytes = text.text(NOW, new Map())
    expect(bytes.length / (200 * 500)).toBeLessThan(15)
    expect(parseGroups('key', bytes).groups.get('group-199')?.positions[499]).toMatchObject({ offset: 1_000_199 })
  })

  it('has its folder beside the dump, or in the bucket’s root', async () => {
    expect(snapshotsFolder('', 'groups')).toBe('_groups/')
    await put(snapshotKey(snapshotsFolder('a/b', 'groups'), NOW), new GroupsText().text(NOW, new Map()))
    expect(await newestGroups(store, 'a/b')).toMatchObject({ key: 'a/b/_groups/20261129T164500Z.json' })
  })
})
