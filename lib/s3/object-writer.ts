import { type CompletedPart, CompleteMultipartUploadCommand } from '@aws-sdk/client-s3'
import type { LimitFunction } from 'p-limit'
import { CodedError } from '../error.ts'
import { freeBuffer } from '../free-buffer.ts'
import { createWhole, creatingOnce, isTaken } from './create-once.ts'
import { storeError } from './error.ts'
import { abortUpload, beginUpload, sendPart, type Upload } from './multipart.ts'
import type { HeldObject, ObjectWriter, StreamedObject } from './object.ts'
import type { OpenedBucket } from './opened-bucket.ts'
import { CONFLICT, NO_SUCH_UPLOAD, type SdkError } from './passing.ts'
import { etagOf, headObject } from './reading.ts'
import { contentFields, creationFields } from './request-fields.ts'
import type { CreateOnce } from './settings.ts'

/** Runs requests with the client; the signal ends those that take too long. */
export type UseBucket = <T>(action: (bucket: OpenedBucket, signal: AbortSignal) => Promise<T>) => Promise<T>

/** What the writers of a bucket have in common. */
export interface WriterAccess {
  use: UseBucket
  createOnce(bucket: OpenedBucket): Promise<CreateOnce>
  /** How many parts of all writers are sent at the same time. */
  sending: LimitFunction
  /** Bytes that a writer holds before it sends them. */
  partSize: number
}

/**
 * Writes an object as its bytes come. It holds at most a part of it: an object that is no larger is written in one piece, a
 * larger one in parts, which are sent while the next is filled. When something fails, the upload is aborted.
 */
export class PartedWriter implements ObjectWriter {
  readonly #object: StreamedObject
  readonly #access: WriterAccess
  /** The part that is being filled. Memory that hasn't been written to costs nothing. */
  #held: Buffer | undefined
  #filled = 0
  #size = 0
  #upload: Upload | undefined
  readonly #parts: Promise<CompletedPart>[] = []
  #failure: unknown

  constructor(object: StreamedObject, access: WriterAccess) {
    this.#object = object
    this.#access = access
  }

  async write(bytes: Buffer): Promise<void> {
    let position = 0
    while (position < bytes.length) {
      if (this.#filled === this.#access.partSize) await this.#orAbort(() => this.#send())
      this.#held ??= Buffer.allocUnsafeSlow(this.#access.partSize)
      const copied = bytes.copy(this.#held, this.#filled, position)
      this.#filled += copied
      position += copied
    }
    this.#size += bytes.length
  }

  async close(): Promise<Pick<HeldObject, 'etag' | 'size'> | undefined> {
    const created = await this.#orAbort(() => (this.#upload ? this.#complete() : this.#create()))
    if (!created) await this.abort()
    return created && { etag: created.etag, size: this.#size }
  }

  async abort(): Promise<void> {
    const upload = this.#upload
    this.#upload = undefined
    this.#free()
    // A part that arrives after the upload was aborted would stay in the store.
    await Promise.allSettled(this.#parts)
    if (upload) await this.#use(({ client }) => abortUpload(client, upload)).catch(() => {})
  }

  async #orAbort<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      await this.abort()
      throw error
    }
  }

  async #create() {
    const body = (this.#held ?? Buffer.alloc(0)).subarray(0, this.#filled)
    const created = await this.#use(async (bucket, signal) =>
      createWhole(bucket, await this.#access.createOnce(bucket), { ...this.#object, body }, signal),
    )
    this.#free()
    return created
  }

  async #begin({ client, settings }: OpenedBucket, abortSignal: AbortSignal): Promise<Upload> {
    const { key, ...content } = this.#object
    const { IfNoneMatch: _, ...creation } = creationFields(settings)
    return await beginUpload(client, { ...creation, ...contentFields(settings, content), Key: key }, { abortSignal })
  }

  /** Returns when the part is being sent, and so the next one may be filled. */
  async #send(): Promise<void> {
    if (this.#failure) throw this.#failure
    this.#upload ??= await this.#use((bucket, signal) => this.#begin(bucket, signal))
    const held = this.#held as Buffer
    const part = { ...this.#upload, PartNumber: this.#parts.length + 1, Body: held.subarray(0, this.#filled) }
    this.#held = undefined
    this.#filled = 0
    const isSending = Promise.withResolvers<void>()
    const sent = this.#access.sending(async () => {
      isSending.resolve()
      return await this.#use(({ client, settings }, abortSignal) =>
        sendPart(client, { ...part, ChecksumAlgorithm: creationFields(settings).ChecksumAlgorithm }, { abortSignal }),
      )
    })
    this.#parts.push(sent)
    sent.then(
      () => freeBuffer(held),
      error => {
        this.#failure ??= error
      },
    )
    await isSending.promise
  }

  /** The store may not obey the condition when an upload is completed, although it does for objects in one piece. */
  async #complete() {
    if (this.#filled > 0) await this.#send()
    const MultipartUpload = { Parts: await Promise.all(this.#parts) }
    const { key } = this.#object
    return await this.#use(async (bucket, abortSignal) => {
      if (await headObject(bucket, key, abortSignal)) return undefined
      const { client } = bucket
      const command = new CompleteMultipartUploadCommand({ ...(this.#upload as Upload), MultipartUpload })
      try {
        const { ETag } = await client.send(creatingOnce(command, await this.#access.createOnce(bucket)), {
          abortSignal,
        })
        this.#upload = undefined
        return { etag: etagOf(ETag) }
      } catch (thrown) {
        const error = thrown as SdkError
        // Another writer's object, or this one's, when the answer to an earlier attempt was lost.
        const mayBeThere = isTaken(error) || [CONFLICT, NO_SUCH_UPLOAD].includes(error.name)
        if (mayBeThere && (await headObject(bucket, key, abortSignal))) return undefined
        throw error
      }
    })
  }

  #use: UseBucket = action =>
    this.#access.use((bucket, signal) =>
      action(bucket, signal).catch(thrown => {
        if (thrown instanceof CodedError) throw thrown
        throw storeError(thrown, `write ${this.#object.key} into ${bucket.settings.bucket}`, bucket.settings)
      }),
    )

  #free(): void {
    if (this.#held) freeBuffer(this.#held)
    this.#held = undefined
    this.#filled = 0
  }
}
