import { entryKey, logFolder } from '../../../lib/commits/log-key.ts'
import { from, PREFIX, records, StagedTopic } from '../../support/staged-topic.ts'

const valuesOf = (offsets: readonly number[], partition = 0) => offsets.map(offset => `${partition}.${offset}`)
const all = { flushSize: 1 }

describe('a damaged staged object', () => {
  /** Flips a bit of what is staged. */
  function damage(topic: StagedTopic, key: string, position: number) {
    const object = topic.store.objects.get(key)
    const at = position < 0 ? (object?.body.length ?? 0) + position : position
    if (!object) return
    object.body[at] = (object.body[at] ?? 0) ^ 1
    object.etag = `damaged at ${at}`
  }

  test.each([
    ['frame', 20],
    ['index', -20],
  ])('stops its unit under `fail`: its %s', async (_, position) => {
    const topic = new StagedTopic()
    damage(topic, await topic.stage(records([0, 2, 4])), position)
    await topic.stage(records(from(5, 9)))
    await expect(topic.compact(all, { policy: 'fail' })).rejects.toMatchObject({ code: 'STAGED_OBJECT_DAMAGED' })
    expect(topic.folder('_staging')).toHaveLength(2)
  })

  test.each([
    ['frame', 20],
    ['index', -20],
  ])('is put aside under `log`, and its records are taken when they come again: its %s', async (_, position) => {
    const topic = new StagedTopic()
    damage(topic, await topic.stage(records([0, 2, 4])), position)
    await topic.stage(records(from(5, 9)))
    const report = await topic.compact(all)
    expect(report).toMatchObject({ quarantined: 1, remaining: 0 })
    expect(await topic.values()).toEqual(valuesOf(from(5, 9)))
    expect(topic.folder('_quarantine')).toHaveLength(1)
    await topic.stage(records([0, 2, 4]))
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf([0, 2, 4, ...from(5, 9)]))
  })

  // The repair is to read the offsets from Kafka again, and the same batch has the same key: what is whole again isn't put aside.
  test.each([
    ['after it was decided to put it aside', 'head', '_staging/'],
    ['while it is put aside', 'create', '_quarantine/'],
  ])('is taken if it is staged again %s', async (_, moment, folder) => {
    const topic = new StagedTopic()
    const key = await topic.stage(records(from(0, 4)))
    const whole = Buffer.from(topic.store.objects.get(key)?.body ?? '')
    damage(topic, key, 20)
    let isAgain = false
    const store = topic.store.client(async (call, at) => {
      const isDecided = topic.folder('_commits').some(entry => entry.includes('.done.'))
      if (isAgain || !isDecided || call !== moment || !at.includes(folder)) return
      isAgain = true
      await topic.store.put({ key, body: whole, contentType: '', metadata: {} })
    })
    await topic.compact(all, { store })
    expect(isAgain).toBe(true)
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf(from(0, 4)))
    expect(topic.folder('_staging')).toEqual([])
  })

  test('that is gone counts as damaged', async () => {
    const topic = new StagedTopic()
    const key = await topic.stage(records(from(0, 4)))
    const store = topic.store.client((call, at) => {
      if (call === 'get' && at === key) topic.store.objects.delete(key)
    })
    await topic.compact(all, { store })
    await topic.stage(records(from(0, 4)))
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf(from(0, 4)))
  })
})

describe('what isn’t ours', () => {
  test('stays where it is, in any folder', async () => {
    const topic = new StagedTopic()
    const foreign = ['_staging/orders/0/readme.txt', '_commits/orders/0/notes.txt', '_commits/orders/0/0.plan.json.gz']
    for (const key of foreign)
      await topic.store.put({
        key: `${PREFIX}/${key}`,
        body: Buffer.from('x'),
        contentType: 'text/plain',
        metadata: {},
      })
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    expect(await topic.values()).toEqual(valuesOf(from(0, 9)))
    for (const key of foreign) expect(topic.store.objects.has(`${PREFIX}/${key}`)).toBe(true)
    expect(topic.lines.filter(({ message }) => message.startsWith('Not ')).length).toBeGreaterThan(0)
  })

  test('stops the unit when it is a newer version’s log', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact(all)
    const { gzipSync } = await import('node:zlib')
    const key = entryKey(logFolder(PREFIX, { topic: 'orders', partition: 0 }), 1, 'plan')
    await topic.store.put({ key, body: gzipSync('{"schema":2}'), contentType: 'application/json', metadata: {} })
    await topic.stage(records(from(10, 19)))
    await expect(topic.compact(all)).rejects.toMatchObject({ code: 'COMMIT_LOG_NEWER' })
    expect(topic.folder('_staging')).toHaveLength(1)
  })

  test('stops the unit when another object has an output’s key', async () => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    const store = topic.store.client((call, key) => {
      if (call === 'close')
        topic.store.objects.set(key, { body: Buffer.from('x'), size: 1, etag: 'e', modified: 0, metadata: {} })
    })
    await expect(topic.compact(all, { store })).rejects.toMatchObject({ code: 'STORE_OBJECT_DIFFERS' })
    expect(topic.folder('_staging')).toHaveLength(1)
  })

  test.each([
    ['partition', 'topic'],
    ['topic', 'partition'],
  ] as const)('a topic that was compacted by %s isn’t compacted by %s', async (before, after) => {
    const topic = new StagedTopic()
    await topic.stage(records(from(0, 9)))
    await topic.compact({ ...all, across: before })
    await topic.stage(records(from(10, 19)))
    await expect(topic.compact({ ...all, across: after })).rejects.toMatchObject({ code: 'COMMIT_LOG_OTHER_UNIT' })
    expect(topic.folder('_staging')).toHaveLength(1)
  })
})
