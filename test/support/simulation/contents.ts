import type { StoredRecord } from '../../../lib/formats/format.ts'
import { formats } from '../../../lib/formats/index.ts'
import { parseStagedKey, STAGING_FOLDER } from '../../../lib/staging/name.ts'
import { offsetsOf } from '../../../lib/staging/runs.ts'
import { checkedFrame, readStagedIndex } from '../../../lib/staging/staged-index.ts'
import { readObject } from '../formats.ts'

/** Folders of objects that have the form of staged ones. */
const STAGED_FOLDERS = [STAGING_FOLDER, '_quarantine', '_adopting']

/** Folders of objects without records. */
const OTHER_FOLDERS = ['_commits', '_overflow']

/**
 * The records of any object of a connector, by the project's own readers; none of an object that holds something else.
 *
 * @param key without the connector's prefix
 * @throws CodedError when the object is damaged
 */
export async function recordsOf(key: string, body: Buffer): Promise<StoredRecord[]> {
  const folder = key.slice(0, key.indexOf('/'))
  if (OTHER_FOLDERS.includes(folder) || key.endsWith('.piece.json.gz')) return []
  return STAGED_FOLDERS.includes(folder) ? await stagedRecords(key, folder, body) : await readObject(key, body)
}

async function stagedRecords(key: string, folder: string, body: Buffer): Promise<StoredRecord[]> {
  const name = parseStagedKey('', `${STAGING_FOLDER}${key.slice(folder.length)}`)
  // Somebody else's object: it holds none of our records.
  if (!name) return []
  const object = { key, name, size: body.length }
  const { topic, partition, form, frames } = await readStagedIndex(object, async (start, end) =>
    body.subarray(start, end),
  )
  const { joining } = await formats[form.format].load()
  const records: StoredRecord[] = []
  for (const frame of frames) {
    const bytes = checkedFrame(object, frame, body.subarray(frame.start, frame.start + frame.bytes))
    const lines = { topic, partition, offsets: offsetsOf(frame.offsets), lengths: frame.lengths }
    records.push(...(await joining.records(bytes, form, lines)))
  }
  return records
}
