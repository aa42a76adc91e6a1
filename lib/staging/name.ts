import { objectExtensions } from '../formats/index.ts'
import { MAX_KEY } from '../objects/key.ts'
import { decodeSegment, encodeSegment, SEGMENT_PATTERN } from '../objects/segment.ts'
import { FORM_DIGITS } from './form.ts'
import type { StagedName } from './staged-object.ts'

/** The folder of staged objects, next to the topics' folders. Readers of all topics skip what begins with an underscore. */
export const STAGING_FOLDER = '_staging'

/**
 * The most bytes of a staged object's key. An object that is put aside has a longer one: its folder's name is longer, and a digest
 * may follow.
 */
export const MAX_STAGED_KEY = MAX_KEY - 32

/** Digits of the first offset, so that names sort by it: those of the largest offset that Kafka has, and one more. */
const OFFSET_DIGITS = 20

/** Hexadecimal digits of the digest of an object's bytes: 64 bits, for objects whose names otherwise agree. */
export const DIGEST_DIGITS = 16

/**
 * The folder of all staged objects, of a topic's or of a topic-partition's, with a slash at its end.
 *
 * @param prefix the connector's folder, without slashes at either end; `''` for the bucket's root
 */
export function stagingFolder(prefix: string, topic?: string, partition?: number): string {
  const topicFolder = topic === undefined ? [] : [encodeSegment(topic)]
  const partitionFolder = partition === undefined ? [] : [String(partition)]
  return [...(prefix === '' ? [] : [prefix]), STAGING_FOLDER, ...topicFolder, ...partitionFolder, ''].join('/')
}

/**
 * The key of a staged object:
 *
 *     <prefix>/_staging/<topic>/<partition>/<first>-<last>+<records>+<least time>+<greatest time>+<form>+<digest>[+only[=<path>]].<extension>
 */
export function renderStagedKey(prefix: string, name: StagedName): string {
  const { topic, partition, firstOffset, lastOffset, records, minTimestamp, maxTimestamp, form, digest, only } = name
  const first = String(firstOffset).padStart(OFFSET_DIGITS, '0')
  const facts = [`${first}-${lastOffset}`, records, minTimestamp, maxTimestamp, form, digest]
  if (only) facts.push(only.path === undefined ? 'only' : `only=${encodeSegment(only.path)}`)
  return `${stagingFolder(prefix, topic, partition)}${facts.join('+')}.${name.extension}`
}

/** What the key of a staged object says; undefined for any key that {@link renderStagedKey} doesn't return. */
export function parseStagedKey(prefix: string, key: string): StagedName | undefined {
  const folder = stagingFolder(prefix)
  if (!key.startsWith(folder)) return undefined
  const groups = PATTERN.exec(key.slice(folder.length))?.groups
  if (!groups) return undefined
  const name = nameOf(groups)
  // A name that is written in another way, such as with a number that JavaScript can't hold, isn't ours.
  return isPlausible(name) && renderStagedKey(prefix, name) === key ? name : undefined
}

/** The most bytes of the key of a staged object that doesn't tell its path, for any topic and records. */
export function longestStagedKey(prefix: string): number {
  const name: StagedName = {
    // Source: Apache Kafka, org.apache.kafka.common.internals.Topic: at most 249 characters, none of which needs encoding.
    topic: 't'.repeat(249),
    partition: 2 ** 31,
    firstOffset: 0,
    lastOffset: Number.MAX_SAFE_INTEGER,
    records: Number.MAX_SAFE_INTEGER,
    minTimestamp: Number.MIN_SAFE_INTEGER,
    maxTimestamp: Number.MIN_SAFE_INTEGER,
    form: '0'.repeat(FORM_DIGITS),
    digest: '0'.repeat(DIGEST_DIGITS),
    extension: objectExtensions.reduce((longest, one) => (one.length > longest.length ? one : longest), ''),
  }
  return Buffer.byteLength(renderStagedKey(prefix, name))
}

const NUMBER = String.raw`-?\d+`
const PATTERN = new RegExp(
  String.raw`^(?<topic>${SEGMENT_PATTERN}+)/(?<partition>\d+)/(?<first>\d+)-(?<last>\d+)\+(?<records>\d+)` +
    String.raw`\+(?<least>${NUMBER})\+(?<greatest>${NUMBER})\+(?<form>[0-9a-f]{${FORM_DIGITS}})\+(?<digest>[0-9a-f]{${DIGEST_DIGITS}})` +
    String.raw`(?<only>\+only(?:=(?<path>${SEGMENT_PATTERN}+))?)?` +
    String.raw`\.(?<extension>${objectExtensions.map(extension => RegExp.escape(extension)).join('|')})$`,
)

function nameOf(groups: Record<string, string | undefined>): StagedName {
  const { topic = '', form = '', digest = '', path, extension = '' } = groups
  const only = groups.only === undefined ? {} : { only: path === undefined ? {} : { path: decodeSegment(path) } }
  return {
    topic: decodeSegment(topic),
    partition: Number(groups.partition),
    firstOffset: Number(groups.first),
    lastOffset: Number(groups.last),
    records: Number(groups.records),
    minTimestamp: Number(groups.least),
    maxTimestamp: Number(groups.greatest),
    form,
    digest,
    ...only,
    extension,
  }
}

function isPlausible({ firstOffset, lastOffset, records, minTimestamp, maxTimestamp, only }: StagedName): boolean {
  const offsets = lastOffset - firstOffset + 1
  const fits = only ? records === offsets : records <= offsets
  return records > 0 && fits && minTimestamp <= maxTimestamp && Number.isSafeInteger(lastOffset)
}
