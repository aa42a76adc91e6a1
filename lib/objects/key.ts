import type { TopicPartition } from '../record.ts'

/** The part of a partition that an object holds; both offsets are of records in it. */
export interface OffsetRange extends TopicPartition {
  firstOffset: number
  lastOffset: number
}

/** What an object key says besides its range. */
export interface KeyLayout {
  /** Folder in the bucket, without slashes at its ends; `''` for the bucket's root. */
  prefix: string
  /** `json`, `json.gz`, … */
  extension: string
  /** Digits to which offsets are padded, so that names sort by offset. A longer offset keeps all its digits. */
  padWidth: number
}

/**
 * `<prefix>/<topic>/partition=<n>/<topic>+<n>+<first offset>-<last offset>.<extension>`: a pure function of the records,
 * so that a repeated batch overwrites its own object and nothing else.
 */
export function renderObjectKey(range: OffsetRange, { prefix, extension, padWidth }: KeyLayout): string {
  const topic = encodeName(range.topic)
  const offsets = [range.firstOffset, range.lastOffset].map(offset => String(offset).padStart(padWidth, '0'))
  const folder = prefix === '' ? '' : `${prefix}/`
  return `${folder}${topic}/partition=${range.partition}/${topic}+${range.partition}+${offsets.join('-')}.${extension}`
}

/** The range and extension that a key of this prefix says, or undefined when the key is no such name. */
export function parseObjectKey(key: string, prefix: string): (OffsetRange & { extension: string }) | undefined {
  const folder = prefix === '' ? '' : `${prefix}/`
  if (!key.startsWith(folder)) return undefined
  const match = OBJECT_NAME.exec(key.slice(folder.length))
  if (!match?.groups) return undefined
  const { topic = '', partition, first, last, extension = '' } = match.groups
  return {
    topic: decodeURIComponent(topic),
    partition: Number(partition),
    firstOffset: Number(first),
    lastOffset: Number(last),
    extension,
  }
}

const OBJECT_NAME =
  /^(?<topic>[^/+]+)\/partition=(?<partition>\d+)\/\k<topic>\+\k<partition>\+(?<first>\d+)-(?<last>\d+)\.(?<extension>[a-z.]+)$/

/**
 * A topic's name as one safe path segment. Kafka's own names (letters, digits, `.`, `_`, `-`) stay as they are;
 * everything else, and the segments `.` and `..`, is percent-encoded, so that no name leads out of its folder.
 */
function encodeName(name: string): string {
  if (name === '.' || name === '..') return name.replaceAll('.', '%2E')
  return Array.from(Buffer.from(name), byte =>
    SAFE.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : percent(byte),
  ).join('')
}

const SAFE = /[A-Za-z0-9._-]/

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
