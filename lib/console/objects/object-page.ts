import { extensionOf } from '../../compaction/object-form.ts'
import { QUARANTINE_FOLDER } from '../../compaction/quarantine.ts'
import { type ObjectContent, stagedContent, storedContent } from '../../connectors/commands/object-content.ts'
import { CodedError } from '../../error.ts'
import { type CompressionName, compressionNames, compressions } from '../../formats/compression.ts'
import type { StoredRecord } from '../../formats/format.ts'
import { objectForm } from '../../formats/index.ts'
import type { ObjectAnswer } from '../api/index.ts'
import { inDetail, inList, shownBytes, shownRecord } from '../records/shown-record.ts'
import { linesOf } from './lines.ts'
import { objectQuery } from './object-query.ts'
import type { OpenedObjects } from './opened-objects.ts'

/** Which of an object's records are shown. */
export interface PageRange {
  /** Records or lines that are passed over. */
  after: number
  /** Whether only one is shown, with more of its bytes. */
  whole: boolean
}

/** Records of a page: with what a list shows of each, half a megabyte at most. */
const PAGE = 100

/** How much is shown of an object that has no records, in bytes. */
const MOST_BYTES = 256 * 1024

type Shown = Pick<ObjectAnswer, 'format' | 'content' | 'next' | 'problem'>

/**
 * Some of an object's content. Of a damaged object, what can be read.
 *
 * @throws CodedError `STORE_OBJECT_MISSING` and others of the store
 */
export async function objectPage(
  key: string,
  range: PageRange,
  opened: OpenedObjects,
  signal: AbortSignal,
): Promise<ObjectAnswer> {
  const { bucket } = opened.settings.store
  const held = await opened.commits.head(key)
  if (!held) throw new CodedError('STORE_OBJECT_MISSING', `${bucket} has no object ${key}`)
  const { reason } = held.metadata
  const isAside = inFolder(key, QUARANTINE_FOLDER, opened)
  return {
    ...{ bucket, key, bytes: held.size, written: held.modified },
    ...(isAside && reason !== undefined ? { quarantined: reason } : {}),
    query: objectQuery(key, opened),
    ...(await shownContent(key, range, opened, signal)),
  }
}

async function shownContent(key: string, range: PageRange, opened: OpenedObjects, signal: AbortSignal): Promise<Shown> {
  const format = objectForm(extensionOf(key))?.format ?? null
  try {
    const content = await contentOf(key, opened)
    if (content) return { format, ...(await page(content, range, signal)) }
  } catch (error) {
    if (!isDamage(error)) throw error
    return { format, content: await firstBytes(key, opened, 'none'), problem: error.message }
  }
  return { format: null, content: await firstBytes(key, opened, compressionOf(key)) }
}

/** Undefined for an object that has no records: of the folders that begin with `_`, only two hold some. */
async function contentOf(key: string, opened: OpenedObjects): Promise<ObjectContent | undefined> {
  const staged = await stagedContent(key, opened)
  if (staged || !objectForm(extensionOf(key))) return staged
  const { prefix } = opened.settings.keys
  const isInternal = key.startsWith(prefix === '' ? '_' : `${prefix}/_`)
  return isInternal ? undefined : await storedContent(key, opened)
}

async function page(
  content: ObjectContent,
  { after, whole }: PageRange,
  signal: AbortSignal,
): Promise<Omit<Shown, 'format'>> {
  const count = whole ? 1 : PAGE
  const cut = whole ? inDetail : inList
  const range = { after, count, signal }
  if ('records' in content) {
    const { some, ...rest } = await part(content.records, range)
    return {
      content: { records: some.map(record => ({ ...shownRecord(record, cut), ...largeValue(record) })) },
      ...rest,
    }
  }
  const { some, ...rest } = await part(linesOf(content), range)
  return { content: { lines: some.map(line => shownBytes(line, cut.value)) }, ...rest }
}

const largeValue = ({ valueObject }: StoredRecord) => (valueObject === undefined ? {} : { valueObject })

/** Some of what comes: an object that is damaged further on has what comes before. */
async function part<T>(
  all: AsyncIterable<T[]>,
  { after, count, signal }: { after: number; count: number; signal: AbortSignal },
): Promise<{ some: T[]; next?: number; problem?: string }> {
  const found: T[] = []
  let passed = 0
  try {
    for await (const items of all) {
      signal.throwIfAborted()
      // One more tells that there is another page.
      const from = Math.max(0, after - passed)
      for (const item of items.slice(from, from + count + 1 - found.length)) found.push(item)
      passed += items.length
      if (found.length > count) return { some: found.slice(0, count), next: after + count }
    }
  } catch (error) {
    if (!isDamage(error)) throw error
    return { some: found, problem: error.message }
  }
  return { some: found }
}

const damages: readonly string[] = ['RECORD_UNDECODABLE', 'STAGED_OBJECT_DAMAGED']

function isDamage(error: unknown): error is CodedError {
  return error instanceof CodedError && damages.includes(error.code)
}

async function firstBytes(
  key: string,
  { commits }: OpenedObjects,
  compression: CompressionName,
): Promise<ObjectAnswer['content']> {
  const chunks: Buffer[] = []
  let size = 0
  let isWhole = true
  for await (const chunk of compressions[compression].decompressStream(commits.stream(key))) {
    chunks.push(chunk)
    size += chunk.length
    isWhole = size <= MOST_BYTES
    if (!isWhole) break
  }
  return { bytes: { ...shownBytes(Buffer.concat(chunks), MOST_BYTES), isCut: !isWhole } }
}

function compressionOf(key: string): CompressionName {
  const named = compressionNames.find(
    name => compressions[name].extension !== '' && key.endsWith(compressions[name].extension),
  )
  return named ?? 'none'
}

function inFolder(key: string, name: string, { settings }: OpenedObjects): boolean {
  const { prefix } = settings.keys
  return key.startsWith(`${prefix === '' ? '' : `${prefix}/`}${name}/`)
}
