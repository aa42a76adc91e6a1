import { promisify } from 'node:util'
import zlib from 'node:zlib'
import type { CommitStore } from '../commits/commit-store.ts'
import type { LatestObject, Unit } from '../commits/entry.ts'
import { REPLACED_BY } from '../commits/object-metadata.ts'
import { CodedError } from '../error.ts'
import { encodeSegment } from '../objects/segment.ts'
import type { HeldObject } from '../s3/store.ts'

const gzip = promisify<Buffer, Buffer>(zlib.gzip)
const gunzip = promisify<Buffer, Buffer>(zlib.gunzip)

/** An output that is complete, in the place where nobody reads it yet. */
export interface HiddenOutput {
  hidden: string
  /** As it will be at its final key. */
  output: Omit<LatestObject, 'etag'>
}

/** What was made of some neighbouring slices. Created once, when all of its objects are there. */
export interface HiddenPiece {
  schema: 1
  from: number
  to: number
  outputs: HiddenOutput[]
}

/** Digits of a plan's sequence, as in the names of the log. */
const SEQUENCE_DIGITS = 10
const SLICE_DIGITS = 5
const INDEX_DIGITS = 4

/** What the names of everything that a replacing plan hides begin with: `<prefix>/_next/<topic>/<partition>/<sequence>-`. */
export function hiddenFolder(prefix: string, { topic, partition }: Unit, sequence: number): string {
  const folder = `${prefix === '' ? '' : `${prefix}/`}_next/${encodeSegment(topic)}/${partition}/`
  return `${folder}${String(sequence).padStart(SEQUENCE_DIGITS, '0')}-`
}

/**
 * The key of an output of the piece that begins with a slice. Each worker has its own: another one's bytes may differ, as it has
 * more memory, or another version of a compression, and the list of the piece tells which objects count.
 */
export function hiddenKey(folder: string, from: number, index: number, worker: string, extension: string): string {
  return `${pieceName(folder, from)}-${String(index).padStart(INDEX_DIGITS, '0')}-${worker}.${extension}`
}

/** The pieces that are complete, by their first slice. */
export async function readPieces(store: CommitStore, folder: string): Promise<Map<number, HiddenPiece>> {
  const pieces = new Map<number, HiddenPiece>()
  for await (const { key } of store.list(folder)) {
    if (!PIECE_KEY.test(key.slice(folder.length))) continue
    const piece = await readPiece(store, key)
    pieces.set(piece.from, piece)
  }
  return pieces
}

/** Creates the list of what was made of a piece. @returns the list that counts: this one, or that of another worker */
export async function createPiece(store: CommitStore, folder: string, plan: number, piece: HiddenPiece) {
  const key = `${pieceName(folder, piece.from)}${PIECE_EXTENSION}`
  const body = await gzip(Buffer.from(JSON.stringify(piece)))
  const content = { contentType: 'application/json', contentEncoding: 'gzip', metadata: { plan: String(plan) } }
  return (await store.create({ key, body, ...content })) ? piece : await readPiece(store, key)
}

const PIECE_EXTENSION = '.piece.json.gz'
const PIECE_KEY = /^\d+\.piece\.json\.gz$/

const pieceName = (folder: string, from: number) => `${folder}${String(from).padStart(SLICE_DIGITS, '0')}`

async function readPiece(store: CommitStore, key: string): Promise<HiddenPiece> {
  return JSON.parse((await gunzip(await store.get(key))).toString())
}

/**
 * Checks that an object is what a plan makes there. It may have been emptied since, by a later plan.
 *
 * @throws CodedError `STORE_OBJECT_DIFFERS`
 */
export function assertMadeBy(key: string, plan: number, held: HeldObject | undefined, bytes: number): HeldObject {
  const isIts = held?.metadata.plan === String(plan)
  if (isIts && (held.size === bytes || held.metadata[REPLACED_BY] !== undefined)) return held
  throw new CodedError(
    'STORE_OBJECT_DIFFERS',
    `${key} is not the object that entry ${plan} of its commit log makes. Nothing is deleted. Move that object elsewhere, so that the entry can be carried out.`,
  )
}
