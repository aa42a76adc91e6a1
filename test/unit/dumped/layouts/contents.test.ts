import fc from 'fast-check'
import { snappyContent, unsnappy } from '../../../../lib/dumped/layouts/snappy.ts'
import { compressionNames } from '../../../../lib/formats/compression.ts'
import type { FormatName } from '../../../../lib/formats/index.ts'
import { allAwkwardRecords } from '../../../support/awkward-records.ts'
import { inHex } from '../../../support/foreign-readers.ts'
import { encodeWith } from '../../../support/formats.ts'
import { readLayout } from '../../../support/layout-reading.ts'

describe('objects of this project under any name:', () => {
  const whole: FormatName[] = ['json', 'jsonl', 'avro', 'parquet']
  const forms = whole.flatMap(format => compressionNames.map(compression => [format, compression] as const))

  const records = allAwkwardRecords.filter(({ value }) => (value?.length ?? 0) < 1e6)
  const others = records.map(record => ({ ...record, topic: 'other', partition: 1 }))

  test.each(forms)('%s with %s', async (format, compression) => {
    const [one, other] = await Promise.all([records, others].map(some => encodeWith(some, { format, compression })))
    const found = await readLayout('by-content', { 'moved/1': one?.body ?? '', '2.bak': other?.body ?? '' })
    const sorted = (some: object[]) => some.map(record => JSON.stringify(record)).sort()
    expect(sorted(found.map(inHex))).toEqual(sorted([...records, ...others].map(inHex)))
  })

  test.each(['', 'orders', '{"a":1}', '[1]', 'PAR1', 'Obj\x01', '\x1f\x8b'])('%j is none', async content => {
    const reading = readLayout('by-content', { x: content })
    if (content === '') await expect(reading).resolves.toEqual([])
    else await expect(reading).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' })
  })
})

describe('arrays of Alibaba’s connector:', () => {
  const sample =
    '[{"key":"123","offset":4,"overflowFlag":false,"partition":0,"timestamp":1603779578478,"topic":"Test","value":"1","valueSize":1},' +
    '{"offset":5,"overflowFlag":true,"partition":0,"timestamp":1603779578490,"topic":"Test","valueSize":272687},' +
    '{"key":"124","offset":9,"overflowFlag":false,"partition":2,"timestamp":1603779578491,"topic":"Test"}]'

  test('records of several partitions; what was left out is null', async () => {
    const found = await readLayout('alibaba', { '2020/10/27/part-1': sample })
    expect(
      found.map(({ partition, offset, key, value, timestamp }) => [partition, offset, `${key}`, value, timestamp]),
    ).toEqual([
      [0, 4, '123', Buffer.from('1'), 1603779578478],
      [0, 5, 'null', null, 1603779578490],
      [2, 9, '124', null, 1603779578491],
    ])
  })

  test('a value that was too large is marked, so that nobody takes it for a tombstone', async () => {
    const found = await readLayout('alibaba', { x: sample })
    expect(found.map(({ isWithoutValue, valueSize }) => [isWithoutValue, valueSize])).toEqual([
      [undefined, 1],
      [true, 272687],
      [undefined, undefined],
    ])
  })

  test.each(['[{"key":"1"}]', '[{"topic":"t","partition":0,"offset":1,"value":{}}]', '{"topic":"t"}', '[', 'null'])(
    '%s is none',
    async content => {
      await expect(readLayout('alibaba', { x: content })).rejects.toMatchObject({ code: 'RECORD_UNDECODABLE' })
    },
  )
})

describe('damaged objects of other sinks are told, and nothing of them is quoted:', () => {
  test.each([
    ['aiven', 'orders-0-1', '{"value":"secret'],
    ['aiven', 'orders-0-1', '{"secret":"value"}'],
    ['aiven', 'orders-0-1', '{"offset":"secret"}'],
    ['aiven', 'orders-0-1', '{"offset":1.5}'],
    ['aiven', 'orders-0-1', '{"timestamp":20260101}'],
    ['aiven', 'orders-0-1', '{"timestamp":"secret"}'],
    ['aiven', 'orders-0-1', '{"headers":[{"key":{},"value":"secret"}]}'],
    ['confluent', 'tombstone/orders+0+1.keys.json', '{secret'],
    ['aiven', 'orders-0-1', 'secret,'],
    ['confluent', 'orders+0+1.json', '{"secret":'],
    ['confluent', 'orders+0+1.avro', 'Obj\x01secret'],
    ['confluent', 'orders+0+1.parquet', 'PAR1secretPAR1'],
    ['alibaba', 'x', '[{"value":"secret"'],
  ] as const)('%s %s %j', async (kind, key, content) => {
    const error = await readLayout(kind, { [key]: content }).then(
      () => undefined,
      thrown => thrown,
    )
    expect(error).toMatchObject({ code: 'RECORD_UNDECODABLE' })
    expect(`${error} ${error.cause}`).not.toContain('secret')
  })

  test('headers that are no list of texts', async () => {
    const objects = { 'orders+0+1.json': '1\n', 'orders+0+1.headers.json': '{"headers":[{"key":"h","value":4711}]}\n' }
    const error = await readLayout('confluent', objects).catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'RECORD_UNDECODABLE' })
    expect(`${error} ${error.cause}`).not.toContain('4711')
  })

  test('as many keys as values', async () => {
    const objects = { 'orders+0+1.json': '"a"\n"b"\n', 'orders+0+1.keys.json': '"k"\n' }
    await expect(readLayout('confluent', objects)).rejects.toThrow('a companion has fewer records')
    const more = { 'orders+0+1.json': '"a"\n', 'orders+0+1.keys.json': '"k"\n"l"\n' }
    await expect(readLayout('confluent', more)).rejects.toThrow('a companion has more records')
  })

  test('Confluent’s values between newlines are refused, because nothing tells where one ends', async () => {
    await expect(readLayout('confluent', { 'orders+0+1.bin': 'a\nb\n' })).rejects.toMatchObject({
      code: 'RESTORE_FORMAT_LOSSY',
    })
  })
})

test('a block of snappy whose literal has a negative length is refused', () => {
  // A length of four bytes from 0x80000000 on: 32-bit arithmetic makes it negative, and a decoder could go back without end.
  expect(() => snappyContent(Buffer.from('49fcfeffffff00000000', 'hex'))).toThrow()
})

test('damaged snappy ends with an error, in time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      const isFailure = (error: unknown) => error instanceof Error
      const stream = Array.fromAsync(
        unsnappy(
          (async function* () {
            yield Buffer.from(bytes)
          })(),
        ),
      )
      expect(isFailure(await stream.catch(error => error))).toBe(true)
      try {
        snappyContent(bytes)
      } catch (error) {
        expect(isFailure(error)).toBe(true)
      }
    }),
  )
})
