import { logFolder, parseEntryKey } from '../../../lib/commits/log-key.ts'
import { type PathFormat, parsePathFormat } from '../../../lib/objects/time-path.ts'
import { from, PREFIX, records, StagedTopic } from '../../support/staged-topic.ts'

const ten = { flushSize: 10 }

/** Changes a byte of a staged object. */
function damage(topic: StagedTopic, key: string) {
  const object = topic.store.objects.get(key)
  if (object) object.body[20] = (object.body[20] ?? 0) ^ 1
}

/** Compacts with a worker that ends before it completes an object. */
async function compactUntilFirstObject(topic: StagedTopic) {
  const store = topic.store.client(call => {
    if (call === 'close') throw new Error('the worker ends')
  })
  await expect(topic.compact(ten, { store })).rejects.toThrow('the worker ends')
}

const entries = (topic: StagedTopic) => topic.folder('_commits').map(key => key.replace(/^.*\/\d+\./, ''))

// A lifecycle rule that deletes what is staged by its age takes one object of a plan after the other.
test('a plan continues when another of its inputs is lost after it was decided to continue without one', async () => {
  const topic = new StagedTopic()
  const [first, second, third] = [from(0, 4), from(5, 9), from(10, 19)]
  damage(topic, await topic.stage(records(first)))
  const lost = await topic.stage(records(second))
  await compactUntilFirstObject(topic)
  topic.store.objects.delete(lost)
  await topic.stage(records(third))
  await topic.compact(ten)
  expect(entries(topic)).toEqual([
    'done.json.gz',
    'plan.json.gz',
    'done.json.gz',
    'gap.json.gz',
    'gap2.json.gz',
    'plan.json.gz',
  ])
  expect(await topic.values()).toEqual(third.map(offset => `0.${offset}`))

  // Both are known to be missing, so that their records are taken when they come again.
  for (const batch of [first, second]) await topic.stage(records(batch))
  expect(await topic.compact(ten)).toMatchObject({ records: 10, remaining: 0, quarantined: 0 })
  expect(await topic.values()).toEqual(from(0, 19).map(offset => `0.${offset}`))
})

// An object that was written before the second decision has the records that later ones lack: they must not be taken twice.
test('what was written between two decisions has what the second one leaves out', async () => {
  const format = parsePathFormat('yyyy/MM/dd/HH') as PathFormat
  const topic = new StagedTopic({ partitioner: { name: 'time', format, timeZone: 'UTC' } })
  // From offset 1800 on, it is ten o'clock by the records.
  const [a, b, c] = [records([0, 1800]), records([1, 1801]), records([2, 1802])]
  damage(topic, await topic.stage(c))
  await topic.stage(a)
  const lost = await topic.stage(b)
  let written = 0
  const store = topic.store.client((call, key) => {
    if (call === 'create' && key.includes('.done.')) throw new Error('the worker ends')
    if (call === 'close' && ++written > 1) throw new Error('the worker ends')
  })
  await expect(topic.compact(undefined, { store })).rejects.toThrow('the worker ends')
  topic.store.objects.delete(lost)
  await topic.compact()
  for (const batch of [a, b, c]) await topic.stage(batch)
  await topic.compact()
  const seen = (await topic.records()).map(({ offset }) => offset)
  expect(seen.toSorted()).toEqual([...new Set(seen)].toSorted())
  expect(seen).toEqual(expect.arrayContaining([0, 1, 2, 1800, 1802]))
})

// Reading a hundred thousand inputs takes longer than a run: what is known is decided, or no run would ever come to an end.
test('what is found until the time is over is decided', async () => {
  const topic = new StagedTopic()
  const keys = []
  for (const first of from(0, 19)) keys.push(await topic.stage(records([first])))
  for (const key of [keys[5], keys[19]]) damage(topic, key as string)
  let reads = 0
  const store = topic.store.client((call, key) => {
    if (call === 'get' && key.includes('/_staging/') && ++reads > 7) topic.now += 60_000
  })
  const end = topic.now + 60_000
  await topic.compact({ flushSize: 20 }, { store }, { deadline: end })
  expect(entries(topic)).toEqual(['gap.json.gz', 'plan.json.gz'])
  await topic.compact({ flushSize: 20 })
  expect(entries(topic)).toEqual(['done.json.gz', 'gap.json.gz', 'gap2.json.gz', 'plan.json.gz'])
  expect(await topic.values()).toEqual(
    from(0, 18)
      .filter(offset => offset !== 5)
      .map(offset => `0.${offset}`),
  )
})

test('only gaps have numbers', () => {
  const folder = logFolder(PREFIX, { topic: 'orders', partition: 0 })
  expect(parseEntryKey(folder, `${folder}9999999999.gap12.json.gz`)).toEqual({ sequence: 0, kind: 'gap' })
  expect(parseEntryKey(folder, `${folder}9999999999.plan2.json.gz`)).toBeUndefined()
})
