import { perform } from '../../lib/connectors/run-command.ts'
import { openBucket } from '../../local/bucket.ts'
import { commandContext } from '../support/connectors.ts'
import { type TestDump, testDump } from '../support/dumped.ts'
import { parsed, printed, recordsFrom } from '../support/printed.ts'
import { stack, uniqueName } from '../support/stack.ts'

const bucketName = uniqueName('compact')

beforeAll(async () => {
  await openBucket({ ...stack.store, bucket: bucketName, forcePathStyle: true })
})

describe('compact', () => {
  const rotate = { flushSize: 20 }

  test('makes objects of what is staged until nothing is due, and tells what it made', async () => {
    const dumped = testDump('compacted', bucketName, { format: 'jsonl', rotate })
    const { name } = dumped.connector
    for (const first of [0, 10, 20, 30, 40]) await dumped.stage(recordsFrom(first, 10))
    await dumped.stage(recordsFrom(0, 25, 1))
    expect(await printed('compact', dumped, { name, 'dry-run': true })).toMatch(
      /orders, partition 0: 2 objects from 4 staged objects/,
    )
    expect(parsed(await printed('objects', dumped, { name, json: true })).at(-1)).toMatchObject({
      objects: 0,
      staged: 6,
    })
    const told = await printed('compact', dumped, { name })
    expect(told).toMatch(/✓ orders, partition 0: 2 objects, 40 records/)
    expect(told).toMatch(
      /Made 3 objects with 65 records, 0 MB\.\n1 staged object waits for more records or for the time/,
    )
    const lines = parsed(await printed('objects', dumped, { name, json: true }))
    expect(
      lines.filter(({ type }) => type === 'object').map(({ firstOffset, lastOffset }) => [firstOffset, lastOffset]),
    ).toEqual([
      [20, 39],
      [0, 19],
      [0, 24],
    ])
    expect(lines.at(-1)).toMatchObject({ objects: 3, staged: 1 })
    const [{ key }] = lines.filter(({ type }) => type === 'object')
    expect(parsed(await printed('cat', dumped, { name, key })).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 20 }, (_, index) => 20 + index),
    )
    expect(await printed('compact', dumped, { name, once: true })).toMatch(/^Nothing was due\./)
  })

  test('a damaged batch fails the command with its name, and the others are compacted', async () => {
    const dumped = testDump('damaged', bucketName, { format: 'jsonl', rotate }, { failurePolicy: 'fail' })
    const { name } = dumped.connector
    const key = await dumped.stage(recordsFrom(0, 20))
    const bytes = await dumped.store.get(key)
    bytes.writeUInt8((bytes[0] ?? 0) ^ 255, 0)
    await dumped.store.put({ key, body: bytes, contentType: 'application/octet-stream', metadata: {} })
    await dumped.stage(recordsFrom(0, 20, 1))
    const texts: string[] = []
    const context = commandContext([dumped.connector], dumped.environment, text => void texts.push(text))
    await expect(perform('compact', context, { name })).rejects.toThrow(
      '1 of the topic-partitions could not be compacted',
    )
    expect(texts.join('\n')).toMatch(/✗ orders, partition 0: .*damaged.*\(STAGED_OBJECT_DAMAGED\)/)
    expect(texts.join('\n')).toContain('✓ orders, partition 1: 1 object, 20 records')
  })

  test('what is interrupted makes no error of what was begun, and continues the next time', async () => {
    const dumped = testDump('interrupted', bucketName, { format: 'jsonl', rotate })
    const { name } = dumped.connector
    for (let partition = 0; partition < 8; partition++) await dumped.stage(recordsFrom(0, 20, partition))
    const controller = new AbortController()
    const texts: string[] = []
    const context = {
      ...commandContext([dumped.connector], dumped.environment, text => {
        texts.push(text)
        if (text.startsWith('✓')) controller.abort()
      }),
      interruption: () => controller.signal,
    }
    await perform('compact', context, { name })
    expect(texts.at(-1)).toMatch(/\nInterrupted\.\n$/)
    await printed('compact', dumped, { name })
    expect(parsed(await printed('objects', dumped, { name, json: true })).at(-1)).toMatchObject({
      objects: 8,
      staged: 0,
    })
  })
})

describe('compact --adopt', () => {
  const rotate = { flushSize: 1000 }
  const offsetsIn = async (dumped: TestDump) => {
    const keys = (await Array.fromAsync(dumped.store.list(`${dumped.settings.keys.prefix}/orders/`))).map(
      ({ key }) => key,
    )
    const rows = await Promise.all(keys.map(key => printed('cat', dumped, { name: dumped.connector.name, key })))
    return { keys, offsets: rows.flatMap(row => parsed(row).map(({ offset }) => offset)).toSorted((a, b) => a - b) }
  }
  const thirty = Array.from({ length: 30 }, (_, offset) => offset)

  test('asks before it deletes anything, then makes larger objects in the place of small ones', async () => {
    const dumped = testDump('adopted', bucketName, { format: 'jsonl', rotate: { ...rotate, flushSize: 30 } })
    const { name } = dumped.connector
    for (const first of thirty.filter(offset => offset % 10 === 0)) await dumped.write(recordsFrom(first, 10))
    await expect(printed('compact', dumped, { name, adopt: true })).rejects.toThrow('repeat the command with --yes')
    expect((await offsetsIn(dumped)).keys).toHaveLength(3)
    expect(await printed('compact', dumped, { name, adopt: true, yes: true })).toMatch(
      /3 objects, .* adopted; 3 of the old objects deleted\..*1 object, 30 records/s,
    )
    await expect(offsetsIn(dumped)).resolves.toEqual({
      keys: [expect.stringContaining('-0000000029')],
      offsets: thirty,
    })
  })

  test('to another folder, the old objects go when the new ones have their records', async () => {
    const old = testDump('small', bucketName, { format: 'jsonl' })
    const dumped = testDump('large', bucketName, { format: 'jsonl', rotate: { ...rotate, flushSize: 30 } })
    const { name } = dumped.connector
    for (const first of thirty.filter(offset => offset % 10 === 0)) await old.write(recordsFrom(first, 10))
    await old.write(recordsFrom(30, 5))
    expect(await printed('compact', dumped, { name, adopt: true, from: 'small/', yes: true })).toMatch(
      /1 old object stays until the new ones have all their records/,
    )
    expect((await offsetsIn(dumped)).offsets).toEqual(thirty)
    expect((await offsetsIn(old)).keys).toEqual([expect.stringContaining('0000000030-0000000034')])
  })

  test('is refused while the dump itself writes such objects', async () => {
    const dumped = testDump('unrotated', bucketName, { format: 'jsonl' })
    await expect(printed('compact', dumped, { name: 'unrotated', adopt: true, yes: true })).rejects.toThrow(
      'declare to.rotate first',
    )
  })
})
