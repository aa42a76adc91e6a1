import type { ListedObject } from '../s3/store.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'

/** Folders beside the topics' that have no records, or such as are read in another way. */
const OTHER_FOLDERS = [
  ...['_commits', '_groups', '_next', '_overflow', '_quarantine', '_redriven', '_restores', '_staging', '_topics'],
]

/** The objects of a dump whose keys its layout recognizes. */
export async function* listedObjects(source: DumpSource): AsyncGenerator<DumpedObject> {
  for await (const { key, size, modified } of listTopics(source)) {
    const name = source.layout.parse(key)
    if (!name) continue
    const { topic, partition, firstOffset: first, lastOffset: last } = name
    const bounds = first === undefined ? {} : { bounds: { first, last: last ?? Number.POSITIVE_INFINITY } }
    yield { source, kind: 'listed', key, size, topic, partition, ...bounds, written: modified }
  }
}

/** Lists the folder of a dump and passes over those that aren't a topic's, however much they hold. */
async function* listTopics({ store, prefix }: DumpSource): AsyncGenerator<ListedObject> {
  const folder = prefix === '' ? '' : `${prefix}/`
  let after: string | undefined
  do {
    let behind: string | undefined
    for await (const object of store.list(folder, after === undefined ? {} : { after })) {
      const other = OTHER_FOLDERS.find(name => object.key.startsWith(`${folder}${name}/`))
      if (!other) yield object
      else {
        // The character that follows the slash: all keys of the folder sort before it.
        behind = `${folder}${other}0`
        break
      }
    }
    after = behind
  } while (after !== undefined)
}

/** The batches of a dump that wait for compaction. */
export async function* stagedObjects(source: DumpSource): AsyncGenerator<DumpedObject> {
  const { store, prefix } = source
  for await (const { key, size, modified } of store.list(stagingFolder(prefix))) {
    const name = parseStagedKey(prefix, key)
    if (!name) continue
    const { topic, partition, firstOffset: first, lastOffset: last, records, minTimestamp, maxTimestamp } = name
    const facts = { records, minTimestamp, maxTimestamp }
    yield { source, kind: 'staged', key, size, topic, partition, bounds: { first, last }, written: modified, ...facts }
  }
}
