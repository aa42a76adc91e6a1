import type { SnapshotKind } from './snapshot.ts'

const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json$/

/** `<prefix>/_topics/` or `<prefix>/_groups/`; without a prefix, in the bucket's root. */
export function snapshotsFolder(prefix: string, kind: SnapshotKind): string {
  return `${prefix === '' ? '' : `${prefix}/`}_${kind}/`
}

/**
 * `<folder>20261129T164500Z.json`: keys sort by their times.
 *
 * @param time in milliseconds since the epoch; a part of a second is left out
 */
export function snapshotKey(folder: string, time: number): string {
  const basic = new Date(time).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  return `${folder}${basic}.json`
}

/** The time in milliseconds since the epoch; undefined for a key that is no snapshot's of this folder. */
export function snapshotTime(folder: string, key: string): number | undefined {
  const [, ...parts] = NAME.exec(key.slice(folder.length)) ?? []
  if (!key.startsWith(folder) || parts.length === 0) return undefined
  const [year, month, day, hour, minute, second] = parts
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time) ? undefined : time
}
