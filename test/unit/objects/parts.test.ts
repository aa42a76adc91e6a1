import fc from 'fast-check'
import { parseField } from '../../../lib/objects/field.ts'
import { createPartitioner } from '../../../lib/objects/partitioners.ts'
import { parseParts } from '../../../lib/objects/parts.ts'
import { timePresets } from '../../../lib/objects/time-path.ts'
import type { KafkaRecord } from '../../../lib/record.ts'
import { records } from '../../support/arbitrary-records.ts'

const record = (value: unknown, fields: Partial<KafkaRecord> = {}): KafkaRecord => ({
  ...{ topic: 't', partition: 0, offset: 0, timestamp: Date.UTC(2026, 2, 1), key: null, headers: [] },
  value: Buffer.from(JSON.stringify(value)),
  ...fields,
})

function partitionerOf(text: string, timeZone = 'UTC', fallback = 'none') {
  const parts = parseParts(text)
  return parts && createPartitioner({ name: 'parts', parts, timeZone, fallback })
}

describe('PARTITION_BY', () => {
  const order = {
    tenant: 'acme',
    customer: { Country: 'DE' },
    createdAt: '2026-03-01T23:30:00Z',
    shippedAt: 1_772_582_400,
  }
  const fields = {
    key: Buffer.from('o/1'),
    headers: [{ key: 'region', value: Buffer.from('eu') }],
  }

  // Fields and a time together, several fields, another name, and a time in the value were asked for in several projects
  // (kafka-connect-storage-common 290, kafka-connect-storage-cloud 496, stream-reactor 894, secor 305).
  test.each([
    ['a field and a time', '/tenant,daily', 'tenant=acme/year=2026/month=03/day=01'],
    ['a time and a field', 'daily,/tenant', 'year=2026/month=03/day=01/tenant=acme'],
    ['several fields', '/tenant,header:region,key', 'tenant=acme/region=eu/key=o%2F1'],
    ['names of one’s own', 'country=/customer/Country,order=key', 'country=DE/order=o%2F1'],
    ['a time in the value', 'dt=yyyy-MM-dd@/createdAt', 'dt=2026-03-01'],
    ['a format without names', '/tenant,yyyy/MM/dd/HH@/createdAt', 'tenant=acme/2026/03/01/23'],
    ['two times', "daily,'shipped'=yyyyMMdd@/shippedAt", 'year=2026/month=03/day=01/shipped=20260304'],
    ['a list with spaces', ' /tenant , hourly ', 'tenant=acme/year=2026/month=03/day=01/hour=00'],
    [
      'a field that is missing',
      '/nothing,daily@/nothing',
      `nothing=none/${['year', 'month', 'day'].map(name => `${name}=__HIVE_DEFAULT_PARTITION__`).join('/')}`,
    ],
  ])('takes %s: %s', (_, text, path) => {
    expect(partitionerOf(text)?.pathOf(record(order, fields))).toBe(path)
  })

  test('takes a time in the time zone', () => {
    expect(partitionerOf('dt=yyyy-MM-dd@/createdAt', 'Europe/Berlin')?.pathOf(record(order))).toBe('dt=2026-03-02')
  })

  test('has a column for each name', () => {
    expect(partitionerOf('country=/customer/Country,daily,key')?.columns).toEqual([
      ...['country', 'year', 'month', 'day', 'key'],
    ])
  })

  // A value that becomes an object of its own is decoded only where its fields are looked at.
  test.each([
    ['key,/tenant', true],
    ['daily@/createdAt', true],
    ['key,header:h,daily@header:at', false],
    ['daily', false],
  ])('knows whether %s is in the value: %s', (text, readsValues) => {
    expect(partitionerOf(text)?.readsValues).toBe(readsValues)
  })

  test.each([
    ['an empty part', '/tenant,,daily'],
    ['an unknown word', 'tenant'],
    ['a name without a field', 'tenant='],
    ['a name that isn’t one', 'a/b=/tenant'],
    ['a time in an unknown place', 'daily@createdAt'],
    ['a place without a time', '@/createdAt'],
    ['an unknown time', 'weekly'],
    ['one name twice', '/a/id,/b/id'],
    ['one name twice, in another case', '/id,ID=/other'],
    ['a name of a time twice', '/year,daily'],
    ['more fields than have room', Array.from({ length: 9 }, (_, index) => `/f${index}`).join(',')],
  ])('refuses %s: %s', (_, text) => {
    expect(parseParts(text)).toBeUndefined()
  })

  test('values share the room of a key, and are still told apart where they are cut', () => {
    const partitioner = partitionerOf('/a,/b,/c')
    const paths = ['x', 'y'].map(end => partitioner?.pathOf(record({ a: 'é'.repeat(40) + end, b: 'b', c: 'c' })) ?? '')
    for (const path of paths) expect(path).toMatch(/^a=(%C3%A9)+~[0-9a-f]{16}\/b=b\/c=c$/)
    expect(paths[0]).not.toBe(paths[1])
    expect(Math.max(...paths.map(path => path.length))).toBeLessThanOrEqual(partitioner?.longestPath ?? 0)
  })

  // A list of one part is what OBJECT_PARTITIONER does, so moving to PARTITION_BY scatters no copies.
  test('law: one part has the folders of the partitioner for it', () => {
    const field = (text: string) => parseField(text) ?? 'key'
    const fallback = 'none'
    const same = [
      ['/k', { name: 'field', field: field('/k'), fallback }],
      ['header:h', { name: 'field', field: field('header:h'), fallback }],
      ['daily', { name: 'time', format: timePresets.daily, timeZone: 'Asia/Kathmandu' }],
      ['hourly', { name: 'time', format: timePresets.hourly, timeZone: 'Asia/Kathmandu' }],
    ] as const
    fc.assert(
      fc.property(records(1), fc.constantFrom(...same), (batch, [text, settings]) => {
        const [one, other] = [partitionerOf(text, 'Asia/Kathmandu', fallback), createPartitioner(settings)]
        for (const record of batch) expect(one?.pathOf(record)).toBe(other?.pathOf(record))
        expect(one).toMatchObject({ pattern: other?.pattern, longestPath: other?.longestPath, columns: other?.columns })
      }),
    )
  })
})

describe('a time in a field', () => {
  const minuteOf = (at: unknown) => partitionerOf('yyyy-MM-dd_HH-mm@/at')?.pathOf(record({ at }))
  const NONE = '__HIVE_DEFAULT_PARTITION__'

  test.each([
    ['seconds', 1_772_407_800],
    ['seconds with a fraction', 1_772_407_800.25],
    ['milliseconds', 1_772_407_800_000],
    ['microseconds', 1_772_407_800_000_000],
    ['nanoseconds, as digits', '1772407800000000000'],
    ['digits', '1772407800'],
    ['UTC', '2026-03-01T23:30:00Z'],
    ['no offset, which is UTC', '2026-03-01T23:30:00'],
    ['a space, and no seconds', '2026-03-01 23:30'],
    ['fractions of any length', '2026-03-01T23:30:59.123456789Z'],
    ['a comma before the fraction', '2026-03-01T23:30:00,5Z'],
    ['an offset', '2026-03-02T05:15:00+05:45'],
    ['an offset without a colon', '2026-03-01T18:30:00-0500'],
    ['an offset of hours', '2026-03-01T18:30-05'],
    ['lower case', '2026-03-01t23:30:00z'],
  ])('may have %s: %s', (_, at) => {
    expect(minuteOf(at)).toBe('2026-03-01_23-30')
  })

  test.each([
    ['a date', '2026-03-01', '2026-03-01_00-00'],
    ['the zero', 0, '1970-01-01_00-00'],
    ['a time before 1970', -60, '1969-12-31_23-59'],
  ])('may be %s', (_, at, path) => {
    expect(minuteOf(at)).toBe(path)
  })

  test.each([
    ['a text', 'yesterday'],
    ['another notation', '01.03.2026'],
    ['a day that there isn’t', '2026-02-30T00:00:00Z'],
    ['an hour that there isn’t', '2026-03-01T25:00:00Z'],
    ['a month alone', '2026-03'],
    ['an empty text', ''],
    ['a truth value', true],
    ['null', null],
    ['an object', { seconds: 1 }],
    ['a number beyond all units', 1e30],
  ])('is none when it is %s', (_, at) => {
    expect(minuteOf(at)).toBe(NONE)
  })

  test('is taken from a header or the key as from the value', () => {
    const at = Buffer.from('2026-03-01T23:30:00Z')
    const given = record({}, { key: at, headers: [{ key: 'at', value: at }] })
    expect(partitionerOf('yyyy/MM@header:at')?.pathOf(given)).toBe('2026/03')
    expect(partitionerOf('yyyy/MM@key')?.pathOf(given)).toBe('2026/03')
  })

  test('law: each unit and ISO 8601 give the folder of the same timestamp', () => {
    const times = fc.integer({ min: Date.UTC(1973, 5), max: Date.UTC(2200, 0) })
    const forms = fc.constantFrom<(ms: number) => unknown>(
      ms => ms,
      ms => ms / 1000,
      ms => ms * 1000,
      ms => `${ms}000000`,
      ms => new Date(ms).toISOString(),
    )
    fc.assert(
      fc.property(times, forms, (timestamp, form) => {
        const [given, own] = ['dt=yyyy-MM-dd_HH@/at', 'dt=yyyy-MM-dd_HH']
        const paths = [given, own].map(text =>
          partitionerOf(text)?.pathOf(record({ at: form(timestamp) }, { timestamp })),
        )
        expect(paths[0]).toBe(paths[1])
      }),
    )
  })
})
