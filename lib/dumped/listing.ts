import { pMapIterable } from 'p-map'
import { asCodedError, CodedError } from '../error.ts'
import { objectExtensions } from '../formats/index.ts'
import type { TopicPartition } from '../record.ts'
import type { ListedObject } from '../s3/store.ts'
import { parseStagedKey, stagingFolder } from '../staging/name.ts'
import type { DumpSource } from './dump-source.ts'
import type { DumpedObject } from './dumped-object.ts'
import type { LayoutName } from './layout.ts'
import { ObjectStore } from './object-store.ts'

const QUARANTINE_FOLDER = '_quarantine'

/** Folders beside the topics' that have no records, or such as are read in another way. */
export const OTHER_FOLDERS = [
  ...['_commits', '_groups', '_next', '_overflow', QUARANTINE_FOLDER, '_redriven', '_restores', '_staging', '_topics'],
]

/** Objects that are surveyed at the same time. */
const SURVEYED_AT_ONCE = 4

/** An object that can't be read, and of which not even the topic is known. */
export interface UnknownObject {
  key: string
  error: CodedError
}

/** Objects below a dump's folder that are not read as records. */
export interface PassedOver {
  /** `unrecognized`: the layout makes no such keys. `quarantined`: compaction has put them aside. */
  reason: 'unrecognized' | 'quarantined'
  key: string
}

/**
 * The objects of a dump that its layout recognizes by their keys, or by reading those whose keys tell nothing. An object of
 * several topic-partitions is one of each.
 *
 * @param known keys that are passed over
 * @param onUnknown is told of objects that would have to be read and can't be
 * @param onPassedOver is told of objects with records, as it seems, that the layout doesn't recognize, and of the first one in quarantine
 */
export async function* listedObjects(
  source: DumpSource,
  known: ReadonlySet<string>,
  onUnknown: (object: UnknownObject) => void,
  onPassedOver: (object: PassedOver) => void,
): AsyncGenerator<DumpedObject> {
  const unread: ListedObject[] = []
  for await (const object of listTopics(source, onPassedOver)) {
    if (known.has(object.key)) continue
    const name = source.layout.parse(object.key)
    if (name === 'unread') unread.push(object)
    else if (name) yield dumpedObject(object, name, source)
    else if (mayHaveRecords(object, source)) onPassedOver({ reason: 'unrecognized', key: object.key })
  }
  const surveyed = pMapIterable(unread, async object => ({ object, names: await survey(object, source, onUnknown) }), {
    concurrency: SURVEYED_AT_ONCE,
  })
  for await (const { object, names } of surveyed) for (const name of names) yield dumpedObject(object, name, source)
}

/** The objects of chained layouts have companions, which have no records of their own. */
function mayHaveRecords({ key, size }: ListedObject, { layout }: DumpSource): boolean {
  return size > 0 && !layout.isChained && objectExtensions.some(extension => key.endsWith(`.${extension}`))
}

async function survey(
  object: ListedObject,
  { layout, store }: DumpSource,
  onUnknown: (object: UnknownObject) => void,
): Promise<LayoutName[]> {
  const { key } = object
  try {
    return (await layout.survey?.(object, new ObjectStore(store, object, { onBytes() {} }))) ?? []
  } catch (thrown) {
    const error = asCodedError(thrown)
    if (error.code !== 'RECORD_UNDECODABLE') throw thrown
    onUnknown({ key, error: new CodedError('DUMP_OBJECT_UNREADABLE', `${key}: ${error.message}`, { cause: thrown }) })
    return []
  }
}

function dumpedObject({ key, size, modified }: ListedObject, name: LayoutName, source: DumpSource): DumpedObject {
  const { topic, partition, firstOffset: first, lastOffset: last } = name
  const bounds = first === undefined ? {} : { bounds: { first, last: last ?? Number.POSITIVE_INFINITY } }
  return { source, kind: 'listed', key, size, topic, partition, ...bounds, written: modified }
}

/** Lists the folder of a dump and passes over those that aren't a topic's, however much they hold. */
async function* listTopics(
  { store, prefix }: DumpSource,
  onPassedOver: (object: PassedOver) => void,
): AsyncGenerator<ListedObject> {
  const folder = prefix === '' ? '' : `${prefix}/`
  let after: string | undefined
  do {
    let behind: string | undefined
    for await (const object of store.list(folder, after === undefined ? {} : { after })) {
      const other = OTHER_FOLDERS.find(name => object.key.startsWith(`${folder}${name}/`))
      if (!other) yield object
      else {
        if (other === QUARANTINE_FOLDER) onPassedOver({ reason: 'quarantined', key: object.key })
        // The character that follows the slash: all keys of the folder sort before it.
        behind = `${folder}${other}0`
        break
      }
    }
    after = behind
  } while (after !== undefined)
}

/** The batches of a dump that wait for compaction: all, or those of a topic-partition. */
export async function* stagedObjects(source: DumpSource, place?: TopicPartition): AsyncGenerator<DumpedObject> {
  const { store, prefix } = source
  for await (const { key, size, modified } of store.list(stagingFolder(prefix, place?.topic, place?.partition))) {
    const name = parseStagedKey(prefix, key)
    if (!name) continue
    const { topic, partition, firstOffset: first, lastOffset: last, records, minTimestamp, maxTimestamp } = name
    const facts = { records, minTimestamp, maxTimestamp }
    yield { source, kind: 'staged', key, size, topic, partition, bounds: { first, last }, written: modified, ...facts }
  }
}
