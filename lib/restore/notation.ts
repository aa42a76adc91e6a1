import { parseTime } from '../point-in-time.ts'
import { splitPatterns, wholeName } from '../replication/naming/name-pattern.ts'
import { type GroupStrategy, groupStrategies } from './request.ts'

/** How people write what a restore is asked for, on a command line, in a variable or in an event. */

/** A place of a dump: a bucket, and the folder that `OBJECT_PREFIX` names, without slashes at either end; `''` for none. */
export interface DumpPlace {
  bucket: string
  prefix: string
}

/** `s3://bucket/prefix`, several separated by commas; undefined for other text. */
export function parsePlaces(text: string): DumpPlace[] | undefined {
  const places = text.split(/,(?=s3:\/\/)/).map(placeOf)
  return places.every(place => place !== undefined) ? places : undefined
}

export const placeText = ({ bucket, prefix }: DumpPlace) => `s3://${bucket}${prefix && `/${prefix}`}`

function placeOf(text: string): DumpPlace | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/\s]+)(?:\/(.*))?$/.exec(text.trim()) ?? []
  return bucket === undefined ? undefined : { bucket, prefix: prefix.replace(/\/+$/, '') }
}

/** Names, and regular expressions in slashes for whole names, separated by commas; undefined for other text. */
export function parseNames(text: string, name: RegExp): string[] | undefined {
  const names = splitPatterns(text)
  return names.every(one => name.test(one) || isPatternInSlashes(one)) ? names : undefined
}

/** Whether a text is a regular expression in slashes: `/orders-.+/`. */
function isPatternInSlashes(text: string): boolean {
  const [, pattern] = /^\/(.+)\/$/.exec(text) ?? []
  try {
    return pattern !== undefined && wholeName(pattern) !== undefined
  } catch {
    return false
  }
}

const BASE64 = 'base64:'

/**
 * Keys of records, separated by commas: text, or `base64:` and their bytes. The latter is also how a key with a comma is
 * written. Undefined for other text.
 */
export function parseKeys(text: string): Buffer[] | undefined {
  const keys = text.split(',').map(keyOf)
  return keys.every(key => key !== undefined) ? keys : undefined
}

/** A list that {@link parseKeys} divides into these keys again, each in its own notation already. */
export function joinKeys(keys: readonly string[]): string {
  return keys.map(key => (key.includes(',') ? BASE64 + Buffer.from(key).toString('base64') : key)).join(',')
}

function keyOf(text: string): Buffer | undefined {
  if (!text.startsWith(BASE64)) return Buffer.from(text)
  const digits = text.slice(BASE64.length)
  const bytes = Buffer.from(digits, 'base64')
  return bytes.toString('base64') === digits ? bytes : undefined
}

/** `0,1,5-7`; undefined for other text. */
export function parsePartitions(text: string): number[] | undefined {
  const ranges = text.split(',').map(part => /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim()))
  const partitions = new Set<number>()
  for (const range of ranges) {
    const [, first, last = first] = range ?? []
    if (first === undefined || Number(last) < Number(first)) return undefined
    for (let partition = Number(first); partition <= Number(last); partition++) partitions.add(partition)
  }
  return [...partitions].toSorted((a, b) => a - b)
}

/** A strategy, or the time from which groups continue; undefined for other text. */
export function parseStrategy(text: string, now: number): { strategy: GroupStrategy; time?: number } | undefined {
  const strategy = groupStrategies.find(name => name === text && name !== 'time')
  if (strategy) return { strategy }
  const time = parseTime(text, now)
  return time === undefined ? undefined : { strategy: 'time', time }
}
