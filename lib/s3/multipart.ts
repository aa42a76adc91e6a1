import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import pMap from 'p-map'

/** Parts of one object that are on their way at the same time. */
const PARTS_AT_ONCE = 4

/** How long a failed upload's parts may take to be removed: its time is over. What is left, the bucket's lifecycle removes. */
const CLEANUP_MS = 1_000

/** An object of parts: what a request for the whole object would say, with all its bytes. */
export type PartedObject = PutObjectCommandInput & { Body: Buffer }

/**
 * Writes an object in parts. It is there whole, or not at all: when a part fails, the others are given up and what was
 * stored of them is removed.
 *
 * @param partSize bytes of each part but the last
 */
export async function putInParts(client: S3Client, object: PartedObject, partSize: number, signal?: AbortSignal) {
  const { Body, IfNoneMatch, ...creation } = object
  const { Bucket, Key, ChecksumAlgorithm, SSECustomerAlgorithm, SSECustomerKey } = creation
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(creation), { abortSignal: signal })
  const upload = { Bucket, Key, UploadId, SSECustomerAlgorithm, SSECustomerKey }
  try {
    const Parts = await inParts(Body, partSize, signal, async (bytes, PartNumber, abortSignal) => {
      const command = new UploadPartCommand({ ...upload, ChecksumAlgorithm, PartNumber, Body: bytes })
      return { ...partOf(await client.send(command, { abortSignal })), PartNumber }
    })
    const command = new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch, MultipartUpload: { Parts } })
    await client.send(command, { abortSignal: signal })
  } catch (error) {
    const abortion = new AbortMultipartUploadCommand({ Bucket, Key, UploadId })
    await client.send(abortion, { abortSignal: AbortSignal.timeout(CLEANUP_MS) }).catch(() => {})
    throw error
  }
}

/**
 * Sends the parts, several at once, until one fails. Ends only when none is on its way any more: a part that arrives after
 * the upload was given up would stay in the store.
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
    // The error of the first part that failed; the others' is that they were given up.
    throw failed.signal.reason
  })
}

/** What the store said of a part, as it wants to hear it again. */
function partOf({ ETag, ChecksumCRC32, ChecksumCRC64NVME }: CompletedPart): CompletedPart {
  return { ETag, ChecksumCRC32, ChecksumCRC64NVME }
}
