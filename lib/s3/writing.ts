import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { storeError } from './error.ts'
import type { SendOptions } from './hedge.ts'
import { putInParts } from './multipart.ts'
import type { StoredObject } from './object.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import { contentFields, creationFields } from './request-fields.ts'
import { DEFAULT_PART_SIZE } from './settings.ts'

/** Writes an object in one piece, or in parts if it is larger than one. @throws the client's errors */
export async function writeObject(
  { client, settings }: OpenedBucket,
  { key, body, ...content }: StoredObject,
  options: SendOptions,
): Promise<void> {
  const { partSize = DEFAULT_PART_SIZE } = settings
  const input = { ...creationFields(settings), ...contentFields(settings, content), Key: key, Body: body }
  if (body.length > partSize) await putInParts(client, input, partSize, options)
  else await client.send(new PutObjectCommand(input), options)
}

/** Deletes one object. Succeeds even if it does not exist. */
export async function deleteObject(
  { client, settings }: OpenedBucket,
  key: string,
  abortSignal?: AbortSignal,
): Promise<void> {
  const { bucket: Bucket } = settings
  await client.send(new DeleteObjectCommand({ Bucket, Key: key }), { abortSignal }).catch(error => {
    throw storeError(error, `delete ${key} from ${Bucket}`, settings)
  })
}
