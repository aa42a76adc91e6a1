import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { CodedError } from '../error.ts'
import type { CommitStore } from './commit-store.ts'

const gzip = promisify<Buffer, Buffer>(zlib.gzip)
const gunzip = promisify<Buffer, Buffer>(zlib.gunzip)

/** The version of the entries that this code writes, and the highest that it reads. */
const SCHEMA = 1

/**
 * Creates the object of an entry: JSON in gzip.
 *
 * @returns whether this call created it; otherwise it exists, and counts
 */
export async function createEntry(store: Pick<CommitStore, 'create'>, key: string, entry: object): Promise<boolean> {
  const body = await gzip(Buffer.from(JSON.stringify(entry)))
  return store.create({ key, body, contentType: 'application/json', contentEncoding: 'gzip', metadata: {} })
}

/**
 * Reads the object of an entry.
 *
 * @returns undefined when there is none
 * @throws CodedError `COMMIT_LOG_NEWER`, `COMMIT_LOG_DAMAGED`
 */
export async function readEntry<Entry>(store: Pick<CommitStore, 'get'>, key: string): Promise<Entry | undefined> {
  try {
    return await parseEntry<Entry>(key, await store.get(key))
  } catch (error) {
    if (error instanceof CodedError && error.code === 'STORE_OBJECT_MISSING') return undefined
    throw error
  }
}

async function parseEntry<Entry>(key: string, bytes: Buffer): Promise<Entry> {
  let entry: { schema?: unknown }
  try {
    entry = JSON.parse((await gunzip(bytes)).toString())
  } catch (cause) {
    throw new CodedError('COMMIT_LOG_DAMAGED', `${key} is no entry of a commit log`, { cause })
  }
  if (entry.schema === SCHEMA) return entry as Entry
  if (typeof entry.schema === 'number' && entry.schema > SCHEMA)
    throw new CodedError('COMMIT_LOG_NEWER', `${key} was written by a newer version: schema ${entry.schema}`)
  throw new CodedError('COMMIT_LOG_DAMAGED', `${key} is no entry of a commit log`)
}
