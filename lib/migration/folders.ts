import { parsePathFormat } from '../objects/time-path.ts'
import { depends, keyFate, listed, none, unneeded } from './outcomes.ts'
import type { Fate, Given, Settings } from './setting.ts'

type Keys = Record<string, string>

/** What folders are by, from the settings of Confluent’s partitioners; undefined for a partitioner of another maker. */
function foldersOf(given: Given): Keys | undefined {
  const name = (given.get('partitioner.class') ?? '').split('.').at(-1) ?? ''
  return partitioners[name]?.(given)
}

const partitioners: Record<string, (given: Given) => Keys> = {
  DefaultPartitioner: () => ({ 'to.partitioner': 'default' }),
  DailyPartitioner: given => byTime(given, 'daily'),
  HourlyPartitioner: given => byTime(given, 'hourly'),
  TimeBasedPartitioner: given => byTime(given, given.get('path.format') ?? ''),
  FieldPartitioner: given => byField(given),
}

/** A format of Java has blanks and units that there are not here; the key refuses it then. */
function byTime(given: Given, format: string): Keys {
  const timezone: Keys = given.get('timezone') ? { 'to.timezone': given.get('timezone') as string } : {}
  if (given.get('timestamp.extractor') === 'RecordField') {
    return { 'to.partitionBy': `${format}@${pointer(given.get('timestamp.field') ?? '')}`, ...timezone }
  }
  if (format === 'daily' || format === 'hourly') return { 'to.partitioner': format, ...timezone }
  return { 'to.partitioner': 'time', 'to.pathFormat': format, ...timezone }
}

function byField(given: Given): Keys {
  const [first = '', ...others] = listed(given.get('partition.field.name') ?? '').map(pointer)
  if (others.length > 0) return { 'to.partitionBy': [first, ...others].join(',') }
  return { 'to.partitioner': 'field', 'to.partitionField': first }
}

/** `customer.country` as a JSON pointer. */
const pointer = (field: string) => `/${field.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('.', '/')}`

/** The part of what folders are by that belongs to a setting. */
function part(...paths: string[]) {
  return (_: string, given: Given): Fate => {
    const folders = foldersOf(given)
    if (!folders) return { group: 'person', said: 'see `partitioner.class`' }
    const fates = paths.filter(path => folders[path] !== undefined).map(path => keyFate(path, folders[path], given))
    if (fates.length === 0) return { group: 'unneeded', said: 'the partitioner doesn’t use it' }
    return fates.find(({ group }) => group === 'person') ?? merged(fates)
  }
}

function merged(fates: Fate[]): Fate {
  const keys = Object.assign({}, ...fates.map(({ keys }) => keys))
  return Object.keys(keys).length > 0 ? { group: 'taken', keys } : (fates[0] as Fate)
}

/** The settings of Confluent’s partitioners. Source: `PartitionerConfig` of kafka-connect-storage-common. */
export const folderSettings: Settings = {
  'partitioner.class': depends(
    ['to.partitioner', 'to.partitionBy'],
    '`default`, `daily`, `hourly`, `time` or `field`; `to.partitionBy` for several fields or the time in a field',
    partitionerFate,
    { default: 'DefaultPartitioner' },
  ),
  'partition.field.name': depends(
    ['to.partitionField', 'to.partitionBy'],
    'as JSON pointers: `customer.country` is `/customer/country`. Values have to be JSON, or decoded to it',
    part('to.partitionField', 'to.partitionBy'),
    { default: '' },
  ),
  'partition.duration.ms': unneeded('the smallest unit of `to.pathFormat` says it', { default: '-1' }),
  'path.format': depends(
    ['to.pathFormat'],
    "with the same notation, without blanks: `'year'=YYYY/'month'=MM`",
    pathFormatFate,
    { default: '' },
  ),
  locale: unneeded('folders have digits only', { default: '' }),
  timezone: depends(['to.timezone', 'to.rotate.timezone'], '', timezoneFate, { default: '' }),
  'timestamp.extractor': depends(
    ['to.partitionBy', 'to.rotate.rotateIntervalMs', 'to.rotate.maxOpenMs'],
    '`Record` is so here; `RecordField` is `to.partitionBy: daily@/field`. With `Wallclock`, `rotate.interval.ms` is `to.rotate.maxOpenMs`, and ' +
      'folders are by the record’s timestamp: by the clock, a repeated record would be there twice',
    extractorFate,
    { default: 'Wallclock', range: 'Wallclock, Record, RecordField' },
  ),
  'timestamp.field': depends(['to.partitionBy'], 'as a JSON pointer behind `@`', timestampFieldFate, {
    default: 'timestamp',
  }),
  'partitioner.max.open.files': unneeded('open objects are staged in the bucket, not kept in memory', {
    default: '-1',
  }),
  'partitioner.*': none('settings of a partitioner of your own: see `to.partitionBy`'),
}

function partitionerFate(value: string, given: Given): Fate {
  if (!foldersOf(given)) {
    return {
      group: 'person',
      said: 'not a partitioner that is known here: `to.partitionBy` has folders by fields and times',
    }
  }
  const fate = part('to.partitioner', 'to.partitionBy')(value, given)
  return value.endsWith('.FieldPartitioner') ? { ...fate, said: 'values have to be JSON, or decoded to it' } : fate
}

/** The format is checked alone, since it may be part of another key. */
function pathFormatFate(value: string, given: Given): Fate {
  const isUsed = given.get('partitioner.class')?.endsWith('.TimeBasedPartitioner')
  if (isUsed && !parsePathFormat(value)) {
    return {
      group: 'person',
      said: '`to.pathFormat` expects folders of yyyy, MM, dd, HH and mm, each with the larger ones, without blanks',
    }
  }
  return part('to.pathFormat', 'to.partitionBy')(value, given)
}

function timezoneFate(value: string, given: Given): Fate {
  const isScheduled = Number(given.get('rotate.schedule.interval.ms') ?? -1) > 0
  const folders = foldersOf(given)?.['to.timezone'] ? ['to.timezone'] : []
  const paths = [...folders, ...(isScheduled ? ['to.rotate.timezone'] : [])]
  if (value === '' || paths.length === 0)
    return { group: 'unneeded', said: 'neither folders nor rotation are by the clock' }
  const fates = paths.map(path => keyFate(path, value, given))
  return fates.find(({ group }) => group === 'person') ?? merged(fates)
}

function extractorFate(value: string, given: Given): Fate {
  const isByTime =
    foldersOf(given)?.['to.partitioner'] !== 'default' && foldersOf(given)?.['to.partitionField'] === undefined
  if (value === 'RecordField') return part('to.partitionBy')(value, given)
  if (value === 'Record' || !isByTime) return { group: 'already', said: 'times are those of the records' }
  if (value === 'Wallclock') {
    return {
      group: 'unneeded',
      said: 'folders are by the record’s timestamp: by the clock, a repeated record would be there twice',
    }
  }
  return {
    group: 'person',
    said: 'not an extractor that is known here: `to.partitionBy` has the time in a field, such as daily@/createdAt',
  }
}

function timestampFieldFate(value: string, given: Given): Fate {
  return given.get('timestamp.extractor') === 'RecordField'
    ? part('to.partitionBy')(value, given)
    : { group: 'unneeded', said: 'only `RecordField` uses it' }
}
