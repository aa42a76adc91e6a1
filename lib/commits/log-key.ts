import { encodeSegment } from '../objects/segment.ts'
import type { Unit } from './entry.ts'

/** The objects of one entry. There may be several `gap`s: `gap`, `gap2` and so on. `swept` says that what the entry replaced is deleted. */
export const entryKinds = ['done', 'gap', 'plan', 'swept'] as const
export type EntryKind = (typeof entryKinds)[number]

/** Sequences count down in names, so that a listing begins with the newest entry. */
const HIGHEST_SEQUENCE = 9_999_999_999

const ENTRY_NAME = new RegExp(
  String.raw`^(?<left>\d{10})\.(?<kind>${entryKinds.join('|')})((?<=gap)[1-9]\d*)?\.json\.gz$`,
)

/** `<prefix>/_commits/`, or `_commits/` in the bucket's root. */
export function logsFolder(prefix: string): string {
  return `${prefix === '' ? '' : `${prefix}/`}_commits/`
}

/** The folder of a unit's log, with a slash at its end. */
export function logFolder(prefix: string, { topic, partition }: Unit): string {
  return `${logsFolder(prefix)}${encodeSegment(topic)}/${partition}/`
}

/** @param number of several objects of this kind, from 1 on */
export function entryKey(folder: string, sequence: number, kind: EntryKind, number = 1): string {
  const numbered = number === 1 ? kind : `${kind}${number}`
  return `${folder}${String(HIGHEST_SEQUENCE - sequence).padStart(10, '0')}.${numbered}.json.gz`
}

/** Undefined for a key that is no entry of the log in this folder. */
export function parseEntryKey(folder: string, key: string): { sequence: number; kind: EntryKind } | undefined {
  const { left, kind } = ENTRY_NAME.exec(key.slice(folder.length))?.groups ?? {}
  if (!key.startsWith(folder) || left === undefined || kind === undefined) return undefined
  return { sequence: HIGHEST_SEQUENCE - Number(left), kind: kind as EntryKind }
}
