import { replicationSection } from '../../../lib/config/replication.ts'
import { readRestoreSettings } from '../../../lib/config/restore.ts'
import { parseRestoreEvent } from '../../../lib/config/restore-event.ts'
import { inOptions, optionEnvironment } from '../../../lib/config/restore-options.ts'
import { descriptionOf } from '../../../lib/config/variable.ts'

const to = { to: 'broker:9092' }
const from = { from: ['s3://backup/prod/orders/'] }

/** The settings of a command line. */
function settingsOf(options: Record<string, unknown>, environment: Record<string, string> = {}) {
  try {
    return readRestoreSettings({ ...environment, ...optionEnvironment({ ...from, ...to, ...options }) })
  } catch (error) {
    throw inOptions(error)
  }
}

const requestOf = (options: Record<string, unknown>) => settingsOf(options).request

describe('the options of a command line', () => {
  test('name one dump, or several', () => {
    expect(settingsOf({})).toMatchObject({
      places: [{ bucket: 'backup', prefix: 'prod/orders' }],
      store: { bucket: 'backup' },
      dump: { prefix: 'prod/orders', writtenBy: 'kafka-functions' },
      target: { brokers: ['broker:9092'] },
      records: { partitioner: 'same', exactlyOnce: true },
    })
    expect(settingsOf({ from: ['s3://a-b', 's3://c-d/x,y'] }).places).toEqual([
      { bucket: 'a-b', prefix: '' },
      { bucket: 'c-d', prefix: 'x,y' },
    ])
  })

  test('select records', () => {
    const options = {
      topics: String.raw`orders,/shop-\d{1,3}/`,
      offsets: ['orders-0:3,50-60', 'eu-1-2:7'],
      since: '2026-01-31T00:00:00Z',
      until: '2026-02-01T00:00:00+01:00',
      keys: 'a,base64:AP8=',
    }
    expect(requestOf(options).selection).toEqual({
      topics: ['orders', String.raw`/shop-\d{1,3}/`],
      partitions: undefined,
      offsets: {
        orders: {
          0: [
            [3, 1],
            [50, 11],
          ],
        },
        'eu-1': { 2: [[7, 1]] },
      },
      from: Date.UTC(2026, 0, 31),
      until: Date.UTC(2026, 0, 31, 23),
      keys: [Buffer.from('a'), Buffer.from([0, 255])],
    })
    expect(requestOf({ partitions: '0,5-7' }).selection.partitions).toEqual([0, 5, 6, 7])
  })

  test('say what is done with topics and groups', () => {
    expect(
      requestOf({
        purge: ['orders', 'payments'],
        strict: true,
        'dry-run': true,
        groups: 'earliest',
        'group-names': '/team .+/',
      }),
    ).toMatchObject({
      ...{ purge: ['orders', 'payments'], strict: true, dryRun: true, append: false, skipCorrupt: false },
      groups: { strategy: 'earliest', names: ['/team .+/'], only: false, undo: false },
    })
    expect(requestOf({ groups: '2026-01-31' }).groups).toMatchObject({ strategy: 'time', time: Date.UTC(2026, 0, 31) })
    expect(requestOf({}).groups.strategy).toBe('recorded')
    expect(requestOf({ partitioner: 'key' }).groups.strategy).toBe('none')
  })

  test('rename topics', () => {
    const { policy } = settingsOf({ rename: ['orders=orders-restored', 'a=b'] }).replication
    expect(['orders', 'a', 'payments'].map(topic => policy.remoteTopic('restore', topic))).toEqual([
      'orders-restored',
      'b',
      'payments',
    ])
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['a place that is none', { from: ['backup/prod'] }, /--from: expected s3:\/\/bucket\/prefix/],
    ['no brokers', { to: undefined }, /--to: expected the brokers of the target cluster, got nothing/],
    [
      'a pattern that is none',
      { topics: '/a(/' },
      /--topics: expected topic names or \/regular expressions\/.*, got "\/a\(\/"/,
    ],
    ['partitions', { partitions: '3-1' }, /--partitions: expected whole numbers such as 0,2,5-7, got "3-1"/],
    ['offsets', { offsets: ['orders:3'] }, /--offsets: expected topic-partition:offsets such as orders-0:3,50-60/],
    ['a time without a zone', { since: '2026-01-31T12:00' }, /--since: expected a time such as/],
    [
      'a time range that is empty',
      { since: '2026-02-01', until: '2026-01-01' },
      /--until: expected a later time than --since/,
    ],
    ['keys', { keys: 'base64:?' }, /--keys: expected keys separated by commas/],
    [
      'offsets and partitions',
      { partitions: '0', offsets: ['orders-0:1'] },
      /--partitions: expected nothing, as --offsets names the partitions/,
    ],
    [
      'purging and appending',
      { purge: ['orders'], append: true },
      /--purge: expected nothing, as --append keeps the records/,
    ],
    ['a strategy', { groups: 'newest' }, /--groups: expected one of recorded, earliest, latest, none, or a time/],
    [
      'recorded positions with another partitioner',
      { groups: 'recorded', partitioner: 'key' },
      /--groups: expected earliest, latest, none or a time, as --partitioner is key/,
    ],
    [
      'groups alone without a strategy',
      { groups: 'none', 'groups-only': true },
      /--groups: expected a strategy other than none, as --groups-only is true/,
    ],
    [
      'groups alone with a purge',
      { 'groups-only': true, purge: ['orders'] },
      /--purge: expected nothing, as --groups-only changes no topic/,
    ],
    ['a trial of undo', { undo: true, 'dry-run': true }, /--dry-run: expected nothing, as --undo is true/],
    ['undo with something else', { undo: true, purge: ['orders'] }, /--purge: expected nothing, as --undo is true/],
    ['a name', { id: '../x' }, /--id: expected 1 to 64 letters/],
    [
      'a name for a topic',
      { rename: ['orders'] },
      /--rename: expected a JSON object of topic names|--rename: expected/,
    ],
    ['a partitioner', { partitioner: 'hash' }, /--partitioner: expected one of same, key, round-robin, got "hash"/],
  ])('%s is refused', (_, options, message) => {
    expect(() => settingsOf(options)).toThrow(message)
  })

  test('every wrong one is named at once', () => {
    expect(() => settingsOf({ partitions: 'x', since: 'x', to: 'x' })).toThrow(
      /--partitions: [\s\S]*--since: [\s\S]*--to: |--to: [\s\S]*--partitions: /,
    )
  })
})

describe('the event of the function', () => {
  const environment = { RESTORE_TOPICS: 'orders', RESTORE_STRICT: 'true' }

  test('says what the environment leaves open, with lists, numbers and booleans', () => {
    expect(
      parseRestoreEvent(
        { partitions: [0, 2], keys: ['a,b', 'base64:AA=='], dryRun: true, until: 1_767_225_600_000, id: null },
        environment,
      ),
    ).toMatchObject({
      id: undefined,
      selection: {
        topics: ['orders'],
        partitions: [0, 2],
        keys: [Buffer.from('a,b'), Buffer.from([0])],
        until: 1_767_225_600_000,
      },
      ...{ dryRun: true, strict: true },
    })
    expect(parseRestoreEvent({ topics: ['/a{1,2}/', 'b'], strict: false }, environment)).toMatchObject({
      selection: { topics: ['/a{1,2}/', 'b'] },
      strict: false,
    })
    expect(parseRestoreEvent({ offsets: ['orders-0:1', 'orders-1:5-6'] }, {}).selection.offsets).toEqual({
      orders: { 0: [[1, 1]], 1: [[5, 2]] },
    })
  })

  test.each<[string, unknown, RegExp]>([
    ['a field that is mistyped', { topic: 'orders' }, /topic: expected nothing: an event has id, topics, partitions/],
    ['a place, which the role decides', { from: 's3://other' }, /from: expected nothing/],
    ['a wrong value', { since: 'x', groups: 'y' }, /since: expected a time[\s\S]*groups: expected one of/],
    ['an empty list', { topics: [], keys: [] }, /topics: expected[\s\S]*keys: expected/],
    ['an empty text', { until: '' }, /until: expected/],
    ['an object', { topics: { a: 1 } }, /topics: expected topic names .*, got \{"a":1\}/],
    ['a rule across fields', { purge: ['a'], append: true }, /purge: expected nothing, as append keeps/],
  ])('%s is refused', (_, event, message) => {
    expect(() => parseRestoreEvent(event, environment)).toThrow(message)
  })
})

test('a restore changes nothing about what the variables of a replication mean', () => {
  expect(descriptionOf(replicationSection.variables.REPLICATION_POLICY).description).toMatch(
    /^default: topics are renamed/,
  )
})
