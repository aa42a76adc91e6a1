import { randomUUID } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { CodedError } from '../error.ts'
import { createClient } from './client.ts'
import { storeError } from './error.ts'
import type { HeldObject, StoredObject } from './object.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import { attemptsOf, PRECONDITION_FAILED, type SdkError, statusOf } from './passing.ts'
import { etagOf, headObject, holds } from './reading.ts'
import { contentFields, creationFields } from './request-fields.ts'
import { type Adaptable, changingHeaders } from './request-headers.ts'
import type { CreateOnce, StoreSettings } from './settings.ts'
import { deleteObject } from './writing.ts'

/**
 * The headers by which a request creates an object only if its key has none.
 *
 * Sources: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes"; Alibaba Cloud OSS, "PutObject",
 * "CompleteMultipartUpload" (not in buckets with versioning). With a single writer nothing is asked of the store: it looks
 * first, and then writes.
 */
const conditions: Record<CreateOnce, Record<string, string>> = {
  'if-none-match': { 'if-none-match': '*' },
  'x-oss-forbid-overwrite': { 'x-oss-forbid-overwrite': 'true' },
  'single-writer': {},
}

/** What the probe tries, in this order. */
const probed = ['if-none-match', 'x-oss-forbid-overwrite'] as const satisfies CreateOnce[]

/** OSS's error for a key that has an object, with the status 409. Source: OSS, "0026-00000002". */
const FILE_EXISTS = 'FileAlreadyExists'

/** Whether the store refused to create an object because its key has one. */
export function isTaken(error: SdkError): boolean {
  return statusOf(error) === PRECONDITION_FAILED || ['PreconditionFailed', FILE_EXISTS].includes(error.name)
}

/** Adds the condition to a request that creates an object or completes its upload. */
export function creatingOnce<Command extends Adaptable>(command: Command, createOnce: CreateOnce): Command {
  return changingHeaders(command, headers => Object.assign(headers, conditions[createOnce]))
}

/**
 * Creates an object in one piece unless its key has one.
 *
 * When an attempt had no answer and the next one is refused, the object may be the first one's. Then the bytes decide: an
 * object with the same bytes counts as created by this call, whoever created it.
 *
 * @returns what was created; undefined when the key has an object, which stays as it is
 */
export async function createWhole(
  bucket: OpenedBucket,
  createOnce: CreateOnce,
  object: StoredObject,
  signal?: AbortSignal,
): Promise<Pick<HeldObject, 'etag'> | undefined> {
  const { settings } = bucket
  const { key, body } = object
  if (createOnce === 'single-writer' && (await headObject(bucket, key, signal))) return undefined
  try {
    return await putOnce(bucket, createOnce, object, signal)
  } catch (thrown) {
    const error = thrown as SdkError
    if (!isTaken(error)) throw storeError(error, `create ${key} in ${settings.bucket}`, settings)
    const isOurs = attemptsOf(error) > 1 && (await holds(bucket, { key, body }, signal))
    return isOurs ? await headObject(bucket, key, signal) : undefined
  }
}

/** @throws the client's errors */
async function putOnce(
  { client, settings }: OpenedBucket,
  createOnce: CreateOnce,
  { key, body, ...content }: StoredObject,
  abortSignal?: AbortSignal,
): Promise<Pick<HeldObject, 'etag'>> {
  const { IfNoneMatch: _, ...creation } = creationFields(settings)
  const input = { ...creation, ...contentFields(settings, content), Key: key, Body: body }
  const command = creatingOnce(new PutObjectCommand(input), createOnce)
  const { ETag } = await client.send(command, { abortSignal })
  return { etag: etagOf(ETag) }
}

/**
 * Finds out how the store creates objects once: it writes a small object twice for each way that it knows, and the second
 * time has to be refused. A store may also accept a header without obeying it. The objects are deleted.
 *
 * @param folder where the objects are written, with a slash at its end
 * @throws CodedError `STORE_CREATE_ONCE_MISSING`
 */
export async function probeCreateOnce(bucket: OpenedBucket, folder: string, signal?: AbortSignal): Promise<CreateOnce> {
  for (const createOnce of probed) {
    if (await obeys(bucket, createOnce, folder, signal)) return createOnce
  }
  const message =
    `${bucket.settings.bucket} obeys neither If-None-Match: * nor x-oss-forbid-overwrite (which OSS ignores in buckets with ` +
    'versioning), so two compactions at once could undo each other’s work. If nothing else ever compacts this folder, set ' +
    'S3_CREATE_ONCE=single-writer'
  throw new CodedError('STORE_CREATE_ONCE_MISSING', message)
}

/**
 * Checks what the settings say about creating objects once, or finds it out.
 *
 * @param folder where small objects are written and deleted, with a slash at its end
 * @returns what was found, for people
 * @throws CodedError `STORE_CREATE_ONCE_MISSING` when the store has no way, or another one than the settings say
 */
export async function checkCreateOnce(settings: StoreSettings, folder: string): Promise<string> {
  const { bucket: name, createOnce } = settings
  if (createOnce === 'single-writer') return 'single-writer, as S3_CREATE_ONCE says: the store was not asked'
  const bucket = { client: createClient(settings), settings }
  try {
    if (createOnce === undefined) return `${await probeCreateOnce(bucket, folder)} is obeyed`
    if (await obeys(bucket, createOnce, folder)) return `${createOnce} is obeyed, as S3_CREATE_ONCE says`
  } finally {
    bucket.client.destroy()
  }
  const message = `${name} does not obey ${createOnce}. Leave S3_CREATE_ONCE out to have the way found out`
  throw new CodedError('STORE_CREATE_ONCE_MISSING', message)
}

/** Whether the store refuses to create an object a second time. */
async function obeys(
  bucket: OpenedBucket,
  createOnce: CreateOnce,
  folder: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const key = `${folder}_probe-${randomUUID()}`
  const object = { key, body: Buffer.from('probe\n'), contentType: 'text/plain', metadata: {} }
  try {
    await putOnce(bucket, createOnce, object, signal)
    await putOnce(bucket, createOnce, object, signal)
  } catch (thrown) {
    const error = thrown as SdkError
    if (isTaken(error)) return true
    if (!isUnknownHeader(error)) throw storeError(error, `create ${key} in ${bucket.settings.bucket}`, bucket.settings)
  } finally {
    await deleteObject(bucket, key, signal)
  }
  return false
}

/** Whether the store refuses a header that it doesn't know. Secrets that have expired have the status 400, too. */
function isUnknownHeader(error: SdkError): boolean {
  return statusOf(error) === 501 || ['InvalidArgument', 'InvalidRequest'].includes(error.name)
}
