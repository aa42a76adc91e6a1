import fc from 'fast-check'
import { parseField } from '../../../lib/objects/field.ts'
import { parseJsonPointer, resolveJsonPointer } from '../../../lib/objects/json-pointer.ts'
import { createPartitioner } from '../../../lib/objects/partitioners.ts'
import { isTimeZone, parsePathFormat, timePartitioner, timePresets } from '../../../lib/objects/time-path.ts'
import type { KafkaRecord, RecordHeader } from '../../../lib/record.ts'
import { naughty } from '../../support/arbitrary-key-settings.ts'

const record = (fields: Partial<KafkaRecord>): KafkaRecord => ({
  ...{ topic: 't', partition: 0, offset: 0, timestamp: -1, key: null, value: null, headers: [] },
  ...fields,
})

describe('the partitioner time', () => {
  const pathOf = (text: string, timeZone: string, fields: Partial<KafkaRecord>) => {
    const format = parsePathFormat(text)
    return format && createPartitioner({ name: 'time', format, timeZone })?.pathOf(record(fields))
  }
  const timestamp = Date.parse('2026-03-01T23:45:10Z')

  test.each([
    ["'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH", 'UTC', 'year=2026/month=03/day=01/hour=23'],
    ['year=yyyy/month=MM/day=dd', 'Europe/Berlin', 'year=2026/month=03/day=02'],
    ['yyyy/MM/dd/HH/mm', 'Asia/Kathmandu', '2026/03/02/05/30'],
    ['yyyyMMdd/HH', 'America/New_York', '20260301/18'],
    ['dt=yyyy-MM-dd', 'UTC', 'dt=2026-03-01'],
  ])('%s in %s is %s', (format, timeZone, path) => {
    expect(pathOf(format, timeZone, { timestamp })).toBe(path)
  })

  test('has daily and hourly as presets', () => {
    const paths = [timePresets.daily, timePresets.hourly].map(format =>
      createPartitioner({ name: 'time', format, timeZone: 'UTC' })?.pathOf(record({ timestamp })),
    )
    expect(paths).toEqual(['year=2026/month=03/day=01', 'year=2026/month=03/day=01/hour=23'])
  })

  test('puts an hour that daylight saving time repeats into one folder, and leaves out the one that it skips', () => {
    const hours = (start: string) =>
      [0, 1, 2, 3].map(hour =>
        pathOf('yyyy/MM/dd/HH', 'Europe/Berlin', { timestamp: Date.parse(start) + hour * 3.6e6 }),
      )
    expect(hours('2026-10-24T23:59Z')).toEqual(['2026/10/25/01', '2026/10/25/02', '2026/10/25/02', '2026/10/25/03'])
    expect(hours('2026-03-28T23:59Z')).toEqual(['2026/03/29/00', '2026/03/29/01', '2026/03/29/03', '2026/03/29/04'])
  })

  test('takes the time of the event where the platform gives no timestamp', () => {
    expect(pathOf('yyyy/MM', 'UTC', { timestamp: -1, eventTime: timestamp })).toBe('2026/03')
  })

  // KIP-228: Kafka keeps times before 1970, and producers in .NET send those of the year 1 for a time that is not set.
  test.each([
    ['UTC', -2, '1969/12/31/23/59'],
    ['UTC', -62_135_596_800_000, '0001/01/01/00/00'],
    // In the local mean time of New York, 4 hours 56 minutes and 2 seconds earlier, in the year before the year 1.
    ['America/New_York', -62_135_596_800_000, '0000/12/31/19/03'],
    ['America/New_York', -62_135_596_798_000, '0000/12/31/19/04'],
    ['UTC', 8.64e15, '275760/09/13/00/00'],
  ])('has folders in %s of the time %d: %s', (timeZone, timestamp, path) => {
    expect(pathOf('yyyy/MM/dd/HH/mm', timeZone, { timestamp })).toBe(path)
  })

  test.each([
    ['year=yyyy/month=MM', ['year', 'month']],
    ['dt=yyyy-MM-dd', ['dt']],
    ["'time.stamp'=yyyy/MM", ['time.stamp']],
    ['yyyy/MM/dd', []],
  ])('%s has the columns %j for query engines', (text, columns) => {
    expect(timePartitioner(parsePathFormat(text) ?? [], 'UTC').columns).toEqual(columns)
  })

  test('has a folder of its own for records without a time, with the value that query engines take as none', () => {
    const none = '__HIVE_DEFAULT_PARTITION__'
    for (const timestamp of [-1, 9e15, -9e15, Date.parse('-000001-12-31T23:59:59Z')]) {
      expect(pathOf('year=yyyy/month=MM', 'UTC', { timestamp })).toBe(`year=${none}/month=${none}`)
      expect(pathOf('yyyy/MM', 'UTC', { timestamp })).toBe(`${none}/${none}`)
    }
  })

  test.each([
    ['minutes for months', 'yyyy/mm/dd'],
    ['days of the year for days', 'YYYY/MM/DD'],
    ['hours without days', 'yyyy/MM/HH'],
    ['days alone', 'dd'],
    ['a word without = or quotes', 'yyyy/data'],
    ['a folder without a unit', "yyyy/'x'/MM"],
    ['three letters', 'yyy/MM'],
    ['an empty folder', 'yyyy//MM'],
    ['a quote left open', "'year=yyyy"],
    ['a slash in quotes', "'a/b'=yyyy"],
  ])('a format with %s is refused: %s', (_, text) => {
    expect(parsePathFormat(text)).toBeUndefined()
  })

  test('knows the time zones of the IANA', () => {
    expect(['Europe/Berlin', 'UTC', 'Asia/Kolkata', 'Mars/Olympus', 'CET/'].map(isTimeZone)).toEqual([
      ...[true, true, true, false, false],
    ])
  })

  test('law: the path is the local time, to the minute', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    // Before there were zones, a local time was off by seconds. −1 is no time.
    const times = fc.integer({ min: Date.UTC(1001, 0), max: Date.UTC(2100, 0) }).filter(time => time !== -1)
    fc.assert(
      fc.property(zones, times, (timeZone, timestamp) => {
        const swedish = new Date(timestamp).toLocaleString('sv-SE', {
          timeZone,
          dateStyle: 'short',
          timeStyle: 'short',
        })
        expect(pathOf('yyyy-MM-dd_HH-mm', timeZone, { timestamp })).toBe(swedish.replace(' ', '_').replace(':', '-'))
      }),
    )
  })
})

describe('the partitioner field', () => {
  const pathOf = (text: string, value: unknown, headers: RecordHeader[] = []) => {
    const field = parseField(text)
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value))
    const fields = { value: value === null ? null : bytes, headers }
    return field && createPartitioner({ name: 'field', field, fallback: 'none' })?.pathOf(record(fields))
  }
  const header = (key: string, value: string | null) => ({ key, value: value === null ? null : Buffer.from(value) })

  test.each([
    ['a text', '/country', { country: 'DE' }, 'country=DE'],
    ['a member of a member', '/customer/address/city', { customer: { address: { city: 'Bern' } } }, 'city=Bern'],
    ['an element', '/tags/1', { tags: ['a', 'b'] }, '1=b'],
    ['a number', '/year', { year: 2026 }, 'year=2026'],
    ['a boolean', '/paid', { paid: false }, 'paid=false'],
    ['an empty text', '/country', { country: '' }, 'country='],
    ['a name with a slash', '/a~1b', { 'a/b': 'x' }, 'a%2Fb=x'],
    ['a value that breaks out', '/country', { country: '../../etc\n' }, 'country=..%2F..%2Fetc%0A'],
    ['a value beyond ASCII', '/country', { country: 'Perú' }, 'country=Per%C3%BA'],
  ])('by %s', (_, pointer, value, path) => {
    expect(pathOf(pointer, value)).toBe(path)
  })

  // 9007199254740993 and 9007199254740992 shared a folder.
  test.each([
    ['{"id":9007199254740993}', 'id=9007199254740993'],
    ['{"id":-9007199254740993}', 'id=-9007199254740993'],
    ['{"id":123456789012345678901234567890}', 'id=123456789012345678901234567890'],
    ['{"id":9007199254740991}', 'id=9007199254740991'],
    ['{"id":1e300}', 'id=1e%2B300'],
    ['{"id":7.0}', 'id=7'],
    ['{"id":9007199254740993,"id":"last"}', 'id=last'],
  ])('%s has its digits in %s', (json, path) => {
    expect(pathOf('/id', json)).toBe(path)
  })

  test('a byte order mark before JSON is not part of it', () => {
    expect(pathOf('/id', '\uFEFF{"id":1}')).toBe('id=1')
  })

  test.each<[string, unknown]>([
    ['no such field', { city: 'Bern' }],
    ['null', { country: null }],
    ['an object', { country: {} }],
    ['an array', { country: ['DE'] }],
    ['no JSON', 'not JSON'],
    ['a tombstone', null],
    ['a scalar as the whole value', 42],
  ])('falls back for %s', (_, value) => {
    expect(pathOf('/country', value)).toBe('country=none')
  })

  test('an inherited member is no field', () => {
    expect(pathOf('/toString', {})).toBe('toString=none')
    expect(pathOf('/tags/length', { tags: [1] })).toBe('length=none')
    expect(pathOf('/text/0', { text: 'abc' })).toBe('0=none')
  })

  test('by a header: the last of its name, byte for byte', () => {
    const headers = [header('region', 'a'), { key: 'region', value: Buffer.from([0xff, 0x2f]) }, header('other', 'b')]
    expect(pathOf('header:region', {}, headers)).toBe('region=%FF%2F')
    expect(pathOf('header:region', {}, [header('region', null)])).toBe('region=none')
    expect(pathOf('header:region', {})).toBe('region=none')
  })

  test('by the record’s key', () => {
    const field = parseField('key')
    const partitioner = field && createPartitioner({ name: 'field', field, fallback: 'none' })
    expect([Buffer.from('a/1'), null].map(key => partitioner?.pathOf(record({ key })))).toEqual([
      'key=a%2F1',
      'key=none',
    ])
  })

  test('values too long for a key are cut, and still told apart', () => {
    const paths = ['a', 'b'].map(end => pathOf('/id', { id: `${'é'.repeat(300)}${end}` }) ?? '')
    for (const path of paths) expect(path).toMatch(/^id=(%C3%A9)+~[0-9a-f]{16}$/)
    expect(Math.max(...paths.map(path => path.length))).toBeLessThanOrEqual('id='.length + 200)
    expect(paths[0]).not.toBe(paths[1])
  })

  test('law: a value that has room decodes to itself, as query engines do it', () => {
    fc.assert(
      fc.property(fc.oneof(naughty, fc.string({ unit: 'grapheme', maxLength: 12 })), country => {
        fc.pre(3 * Buffer.byteLength(country) <= 200)
        const [name, value] = pathOf('/country', { country })?.split('=') ?? []
        expect([name, decodeURIComponent(value ?? '')]).toEqual(['country', country])
      }),
    )
  })

  test.each(['country', '/', '/a~2', '/a~', 'header:', ''])('%j is no field', text => {
    expect(parseField(text)).toBeUndefined()
  })
})

// The examples of RFC 6901, section 5.
test.each([
  ['', 'whole'],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/foo/00', undefined],
  ['/foo/-', undefined],
  ['/nothing', undefined],
])('the JSON pointer %j', (text, expected) => {
  const example = {
    ...{ foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, 'g|h': 4, 'i\\j': 5, 'k"l': 6, ' ': 7, 'm~n': 8 },
  }
  const found = resolveJsonPointer(example, parseJsonPointer(text) ?? ['no pointer'])
  expect(found).toEqual(expected === 'whole' ? example : expected)
})
