import { objectExtensions } from '../formats/index.ts'
import type { KafkaRecord, TopicPartition } from '../record.ts'
import { DIGEST_DIGITS, digestOf } from './digest.ts'
import { createPartitioner, type PartitionerSettings } from './partitioners.ts'
import { decodeSegment, encodeSegment, SEGMENT_PATTERN } from './segment.ts'
import type { Placeholder, Template, TemplatePart } from './template.ts'

/**
 * The part of a partition that an object holds: the offsets of its first and last record.
 *
 * @public
 */
export interface OffsetRange extends TopicPartition {
  /** -1 when the platform gives no offsets; `digest` is set then. */
  firstOffset: number
  /** Included; -1 like `firstOffset`. */
  lastOffset: number
  /** Identifies the object's records when they have no offsets. */
  digest?: string
}

/**
 * The parts of an object key.
 *
 * @public
 */
export interface ObjectName extends Omit<OffsetRange, 'partition'> {
  /** `all`: the object has records of all partitions of its topic. `made` tells it apart, and its offsets are -1. */
  partition: number | 'all'
  /** The entry of the commit log that made the object, where offsets alone don't tell objects apart. */
  made?: {
    sequence: number
    /** Among the outputs of the entry: only in names for all partitions. */
    index?: number
  }
  /** The partitioner's folders; absent with the default partitioner, or when the template has no `{path}`. */
  path?: string
  /** `json`, `json.gz`, … */
  extension: string
}

/**
 * The records of one object: those of a batch that have the same path, in their order.
 *
 * @public
 */
export interface ObjectRecords<Record extends KafkaRecord = KafkaRecord> {
  /** Of its records. */
  range: OffsetRange
  /** The partitioner's folders; absent with the default partitioner. */
  path?: string
  /** At least one. */
  records: Record[]
}

/** The settings that object keys depend on in addition to the records. */
export interface KeySettings {
  /** Folder in the bucket, without slashes at either end; `''` for the bucket's root. */
  prefix: string
  template: Template
  partitioner: PartitionerSettings
  /** Digits to which offsets are padded, so that names sort by offset. Longer offsets keep all their digits. */
  padWidth: number
}

/**
 * Object keys as a pure function of the records: a repeated batch overwrites its own objects and nothing else.
 *
 * @public
 */
export interface ObjectKeys {
  /** Whether records are divided by what is in their values. */
  readsValues: boolean
  /** Divides the records of one topic-partition into objects. No two objects begin or end with the same offset. */
  divide<Record extends KafkaRecord>(records: Record[]): ObjectRecords<Record>[]
  /** `<prefix>/<template>.<extension>`. */
  render(name: ObjectName): string
  /** What all objects of the topic begin with: as much of their keys as depends on nothing else. */
  folderOf(topic: string): string
  /** `<prefix>/_overflow/<topic>+<partition>+<offset>`: the value of one record, too large for the object of its batch. */
  renderValue(record: KafkaRecord): string
  /** The parts of a key, or undefined when these settings can't render such a key. */
  parse(key: string): ObjectName | undefined
}

/** The maximum number of bytes of an object key. Source: Amazon S3 User Guide, "Naming Amazon S3 objects". */
export const MAX_KEY = 1024

/**
 * The folder of large values. It lies next to the topics' folders, because readers expect every file below a topic's folder
 * to be of the object's format. It begins with an underscore, so that pyarrow, Spark, Hive and Trino skip it when they read
 * all topics, and so that it differs from the folder of a topic called `overflow`.
 */
const VALUES_FOLDER = '_overflow'

export function createObjectKeys(settings: KeySettings): ObjectKeys {
  const partitioner = createPartitioner(settings.partitioner)
  const folder = settings.prefix === '' ? '' : `${settings.prefix}/`
  const template = partitioner ? settings.template : byPartition(settings.template)
  const templateOfAll = partitioner ? settings.template : withoutPath(settings.template)
  const pattern = patternOf(folder, template, partitioner?.pattern)
  const patternOfAll = patternOf(folder, templateOfAll, partitioner?.pattern, forAllPartitions)

  function divide<Record extends KafkaRecord>(records: Record[]): ObjectRecords<Record>[] {
    if (!partitioner) return [{ range: rangeOf(records), records }]
    const byPath = Map.groupBy(records, partitioner.pathOf)
    return Array.from(byPath, ([path, group]) => ({ range: rangeOf(group), path, records: group }))
  }

  function render(name: ObjectName): string {
    const values: Record<Placeholder, string> = {
      topic: encodeSegment(name.topic),
      partition: String(name.partition),
      path: name.path ?? '',
      offsets: renderOffsets(name, settings.padWidth),
    }
    const parts = name.partition === 'all' ? templateOfAll : template
    return `${folder}${fill(parts, part => values[part])}.${name.extension}`
  }

  function folderOf(topic: string): string {
    const parts = settings.template.flatMap((segment, index) => (index === 0 ? segment : [{ text: '/' }, ...segment]))
    const fixed = parts.slice(
      0,
      parts.findIndex(part => 'placeholder' in part && part.placeholder !== 'topic'),
    )
    return folder + fixed.map(part => ('text' in part ? part.text : encodeSegment(topic))).join('')
  }

  function renderValue(record: KafkaRecord): string {
    const { topic, partition, firstOffset, digest } = rangeOf([record])
    const offset = digest ? `digest-${digest}` : padded(firstOffset, settings.padWidth)
    return `${folder}${VALUES_FOLDER}/${encodeSegment(topic)}+${partition}+${offset}`
  }

  const parse = (key: string) => nameOf(pattern.exec(key)?.groups ?? patternOfAll.exec(key)?.groups)

  return { readsValues: partitioner?.readsValues ?? false, divide, render, folderOf, renderValue, parse }
}

/**
 * Reads keys without knowing the partitioner: `{path}` may be any folders, as the partitioner of a dump may have changed.
 *
 * @param prefix folder in the bucket, without slashes at either end
 * @returns the parts of a key, or undefined when the template can't render it
 */
export function createKeyParser(prefix: string, template: Template): ObjectKeys['parse'] {
  const folder = prefix === '' ? '' : `${prefix}/`
  const patterns = [
    patternOf(folder, template, ANY_PATH),
    patternOf(folder, template, ANY_PATH, forAllPartitions),
    patternOf(folder, withoutPath(template), ANY_PATH, forAllPartitions),
  ]
  return key => {
    for (const pattern of patterns) {
      const groups = pattern.exec(key)?.groups
      if (groups) return nameOf(groups)
    }
    return undefined
  }
}

/** Folders, one at least. */
const ANY_PATH = '.+?'

function nameOf(groups: Record<string, string | undefined> | undefined): ObjectName | undefined {
  if (!groups) return undefined
  const { topic = '', partition, path, first, last, digest, sequence, index, extension = '' } = groups
  const named = { topic: decodeSegment(topic), digest, path, extension }
  if (index) {
    const made = { sequence: Number(sequence), index: Number(index) }
    return { ...named, partition: 'all', firstOffset: -1, lastOffset: -1, made }
  }
  const offsets = digest
    ? { firstOffset: -1, lastOffset: -1 }
    : { firstOffset: Number(first), lastOffset: Number(last) }
  const made = sequence ? { made: { sequence: Number(sequence) } } : {}
  return { ...named, partition: Number(partition), ...offsets, ...made }
}

/** Sequences of a commit log have ten digits at most. */
const LONGEST_SEQUENCE = { sequence: 9_999_999_999 }

/** The maximum number of bytes of keys under these settings, for any topic, records and format: see {@link MAX_KEY}. */
export function longestKey({ prefix, template, partitioner, padWidth }: KeySettings): number {
  const longest: Record<Placeholder, string> = {
    // Source: Apache Kafka, org.apache.kafka.common.internals.Topic: at most 249 characters, none of which needs encoding.
    topic: 't'.repeat(249),
    partition: String(2 ** 31),
    path: 'p'.repeat(createPartitioner(partitioner)?.longestPath ?? 'partition='.length + 10),
    offsets: renderOffsets(
      { topic: '', partition: 0, firstOffset: 0, lastOffset: 0, made: LONGEST_SEQUENCE },
      Math.max(padWidth, 19),
    ),
  }
  const name = fill(template, part => longest[part])
  const value = `${VALUES_FOLDER}/${longest.topic}+${longest.partition}+${longest.offsets}`
  const keys = [value, ...objectExtensions.map(extension => `${name}.${extension}`)]
  return Buffer.byteLength(`${prefix}/`) + keys.reduce((most, { length }) => Math.max(most, length), 0)
}

/** Without a partitioner, `{path}` is the folder of Kafka's partition. */
function byPartition(template: Template): Template {
  const path: TemplatePart[] = [{ text: 'partition=' }, { placeholder: 'partition' }]
  return template.map(([first, ...rest]) =>
    first && 'placeholder' in first && first.placeholder === 'path' ? path : ([first, ...rest] as TemplatePart[]),
  )
}

/** The folder of Kafka's partition would say nothing for all of them. */
function withoutPath(template: Template): Template {
  return template.filter(([first]) => !(first && 'placeholder' in first && first.placeholder === 'path'))
}

function fill(template: Template, value: (placeholder: Placeholder) => string): string {
  const text = (part: TemplatePart) => ('text' in part ? part.text : value(part.placeholder))
  return template.map(parts => parts.map(text).join('')).join('/')
}

function renderOffsets(name: Omit<ObjectName, 'extension'>, padWidth: number): string {
  const { firstOffset, lastOffset, digest, made } = name
  if (digest) return `digest-${digest}`
  const pair = made?.index === undefined ? [firstOffset, lastOffset] : [made.sequence, made.index]
  const numbers = pair.map(number => padded(number, padWidth)).join('-')
  return made && made.index === undefined ? `${numbers}~${made.sequence}` : numbers
}

function padded(offset: number, padWidth: number): string {
  return String(offset).padStart(padWidth, '0')
}

type OwnPatterns = Pick<Record<Placeholder, string>, 'partition' | 'offsets'>

const forPartition: OwnPatterns = {
  partition: String.raw`(?<partition>\d+|-1)`,
  offsets: String.raw`(?:(?<first>\d+)-(?<last>\d+)(?:~(?<sequence>\d+))?|digest-(?<digest>[0-9a-f]{${DIGEST_DIGITS}}))`,
}

const forAllPartitions: OwnPatterns = {
  partition: '(?<partition>all)',
  offsets: String.raw`(?<sequence>\d+)-(?<index>\d+)`,
}

/** Matches the template's keys. A placeholder that occurs again must have the same text again. */
function patternOf(folder: string, template: Template, path = '', own: OwnPatterns = forPartition): RegExp {
  const patterns: Record<Placeholder, string> = {
    topic: `(?<topic>${SEGMENT_PATTERN}+)`,
    path: `(?<path>${path})`,
    ...own,
  }
  const seen = new Set<Placeholder>()
  const pattern = (part: TemplatePart) => {
    if ('text' in part) return RegExp.escape(part.text)
    const again = seen.has(part.placeholder)
    seen.add(part.placeholder)
    return again ? String.raw`\k<${part.placeholder}>` : patterns[part.placeholder]
  }
  const name = template.map(parts => parts.map(pattern).join('')).join('/')
  const extensions = objectExtensions.map(extension => RegExp.escape(extension)).join('|')
  return new RegExp(String.raw`^${RegExp.escape(folder)}${name}\.(?<extension>${extensions})$`)
}

function rangeOf(records: KafkaRecord[]): OffsetRange {
  const { topic, partition, offset } = records[0] as KafkaRecord
  if (offset < 0) return { topic, partition, firstOffset: -1, lastOffset: -1, digest: digestOf(records) }
  return { topic, partition, firstOffset: offset, lastOffset: (records.at(-1) as KafkaRecord).offset }
}
