import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3'
import pMap from 'p-map'
import type { SendOptions } from './hedge.ts'

/** Number of parts of one object that are sent at the same time. */
const PARTS_AT_ONCE = 4

/** Time to remove a failed upload's parts, short because its own time is up. The bucket's lifecycle removes the rest. */
const CLEANUP_MS = 1_000

/** An object to write in parts: the fields of a request for the whole object, with all its bytes. */
export type PartedObject = PutObjectCommandInput & { Body: Buffer }

/** An upload that has begun: the fields that all its requests have. */
export type Upload = Pick<
  UploadPartCommandInput,
  'Bucket' | 'Key' | 'UploadId' | 'SSECustomerAlgorithm' | 'SSECustomerKey'
>

/** @param creation the fields of a request that creates the object */
export async function beginUpload(
  client: S3Client,
  creation: CreateMultipartUploadCommandInput,
  options: SendOptions,
): Promise<Upload> {
  const { Bucket, Key, SSECustomerAlgorithm, SSECustomerKey } = creation
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(creation), options)
  return { Bucket, Key, UploadId, SSECustomerAlgorithm, SSECustomerKey }
}

/** Sends a part. @param PartNumber from 1 on @returns what completing the upload requires */
export async function sendPart(
  client: S3Client,
  part: Upload & Pick<UploadPartCommandInput, 'ChecksumAlgorithm' | 'PartNumber'> & { Body: Buffer },
  options: SendOptions,
): Promise<CompletedPart> {
  const { ETag, ChecksumCRC32, ChecksumCRC64NVME } = await client.send(new UploadPartCommand(part), options)
  return { ETag, ChecksumCRC32, ChecksumCRC64NVME, PartNumber: part.PartNumber }
}

/** Removes an upload's parts, unless that fails: see {@link CLEANUP_MS}. */
export async function abortUpload(client: S3Client, { Bucket, Key, UploadId }: Upload): Promise<void> {
  const abortion = new AbortMultipartUploadCommand({ Bucket, Key, UploadId })
  await client.send(abortion, { abortSignal: AbortSignal.timeout(CLEANUP_MS) }).catch(() => {})
}

/**
 * Writes an object in parts. The object is written whole or not at all: when a part fails, the other parts are aborted and
 * those already stored are removed.
 *
 * @param partSize bytes of each part except the last
 */
export async function putInParts(client: S3Client, object: PartedObject, partSize: number, options: SendOptions) {
  const { abortSignal: signal, deadline } = options
  const { Body, IfNoneMatch, ...creation } = object
  const upload = await beginUpload(client, creation, { abortSignal: signal })
  try {
    const { ChecksumAlgorithm } = creation
    const Parts = await inParts(Body, partSize, signal, (bytes, PartNumber, abortSignal) =>
      sendPart(client, { ...upload, ChecksumAlgorithm, PartNumber, Body: bytes }, { abortSignal, deadline }),
    )
    const command = new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch, MultipartUpload: { Parts } })
    await client.send(command, { abortSignal: signal })
  } catch (error) {
    await abortUpload(client, upload)
    throw error
  }
}

/**
 * Sends the parts, several at once, until one fails. Waits until none is in flight: a part that arrives after the upload was
 * aborted would stay in the store.
 */
async function inParts(
  body: Buffer,
  partSize: number,
  signal: AbortSignal | undefined,
  send: (bytes: Buffer, number: number, signal: AbortSignal) => Promise<CompletedPart>,
): Promise<CompletedPart[]> {
  const failed = new AbortController()
  const either = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])])
  const numbers = Array.from({ length: Math.ceil(body.length / partSize) }, (_, index) => index + 1)
  const sendPart = async (number: number) => {
    either.throwIfAborted()
    return send(body.subarray((number - 1) * partSize, number * partSize), number, either)
  }
  const stopOthers = (error: unknown) => {
    failed.abort(error)
    throw error
  }
  const options = { concurrency: PARTS_AT_ONCE, stopOnError: false }
  return await pMap(numbers, number => sendPart(number).catch(stopOthers), options).catch(() => {
    // The error of the first part that failed. The other parts only report that they were aborted.
    throw failed.signal.reason
  })
}
