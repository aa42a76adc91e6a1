import { awkwardRecord } from '../../support/awkward-records.ts'
import { memoryDump } from '../../support/memory-dump.ts'
import { type Asked, restorationOf, restoreWith } from '../../support/restoring.ts'

/** A target whose topic `orders` has records, and which tells what is changed. */
function fullTarget() {
  const changes: string[] = []
  const admin = {
    partitionCount: async () => 1,
    settingsInEffect: async () => ({}),
    deleteTopic: async (topic: string) => void changes.push(`delete ${topic}`),
    createTopic: async ({ topic }: { topic: string }) => void changes.push(`create ${topic}`),
  }
  const clients = {
    ...{ admin, hasRecords: async () => true, topicId: async () => 'an id' },
    log: { read: async () => 0 },
    producer: { send: async () => changes.push('produce') },
  }
  return { changes, clients: clients as never }
}

const records = [0, 1, 5].map(offset => awkwardRecord({ topic: 'orders', partition: 0, offset }))

async function refusalOf(dumped: ReturnType<typeof memoryDump>, asked: Asked) {
  const { changes, clients } = fullTarget()
  const restored = restoreWith(restorationOf(clients, { dumped }), { purge: ['orders'], ...asked })
  const { code } = await restored.then(
    () => ({ code: undefined }),
    error => error,
  )
  return { code, changes }
}

/** Deleting what is there for a restore that then has nothing, or not everything, loses it. */
describe('a topic to purge is left alone', () => {
  test('when the restore is strict and offsets are missing', async () => {
    const refusal = await refusalOf(memoryDump(records), { strict: true })
    expect(refusal).toEqual({ code: 'RESTORE_OFFSETS_MISSING', changes: [] })
  })

  test('when no record is one of those that are selected', async () => {
    const dumped = memoryDump(records)
    async function* nothing() {}
    const refusal = await refusalOf({ ...dumped, read: nothing }, { selection: { keys: [Buffer.from('none')] } })
    expect(refusal).toEqual({ code: 'RESTORE_NOTHING_FOUND', changes: [] })
  })

  test('when the dump has no such topic', async () => {
    const refusal = await refusalOf(memoryDump(records), { selection: { topics: ['orders', 'orderz'] } })
    expect(refusal).toEqual({ code: 'RESTORE_NOTHING_FOUND', changes: [] })
  })

  test('when the restore is ended while the dump is read for it', async () => {
    const refusal = await refusalOf(memoryDump(records), { strict: true, signal: AbortSignal.abort() })
    expect(refusal).toEqual({ code: 'OUT_OF_TIME', changes: [] })
  })
})

test('a selection that turns out to have no record is no success', async () => {
  const { clients } = fullTarget()
  const dumped = memoryDump(records)
  async function* nothing() {}
  const restoration = restorationOf(clients, { dumped: { ...dumped, read: nothing } })
  const problems = [{ code: 'RESTORE_NOTHING_FOUND', message: expect.stringContaining('No record') }]
  const planned = await restoreWith(restoration, { append: true, dryRun: true })
  expect(planned).toMatchObject({ outcome: 'planned', problems })
})
