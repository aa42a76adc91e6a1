import type { S3Client } from '@aws-sdk/client-s3'
import { type ErrorAnswer, readErrorAnswer, readUpTo } from './answer-body.ts'

/** The parts of an HTTP response that are looked at. */
interface HttpAnswer extends ErrorAnswer {
  /** In lower case. */
  headers: Record<string, string>
}

/** What a store's answer to a command has, and other servers' answers lack. */
type Mark =
  | { header: string }
  /** An element of the XML, with text in it or, for `isEmptyToo`, without. */
  | { element: string; isEmptyToo?: true }
  /** An empty body, or some XML: these answers have nothing that only a store would say. */
  | 'none'

/**
 * The marks of all commands that this project sends. Source: Amazon S3 API Reference, "Response Syntax" of each action.
 *
 * Without an UploadId, the requests that follow would be other commands: a part would overwrite the object, and the abort
 * would delete it.
 */
const marks: Record<string, Mark> = {
  PutObjectCommand: { header: 'etag' },
  GetObjectCommand: { header: 'etag' },
  HeadObjectCommand: { header: 'etag' },
  CreateMultipartUploadCommand: { element: 'UploadId' },
  UploadPartCommand: { header: 'etag' },
  CompleteMultipartUploadCommand: { element: 'ETag' },
  AbortMultipartUploadCommand: 'none',
  DeleteObjectCommand: 'none',
  DeleteObjectsCommand: { element: 'DeleteResult', isEmptyToo: true },
  ListObjectsV2Command: { element: 'IsTruncated' },
  GetBucketLifecycleConfigurationCommand: { element: 'LifecycleConfiguration', isEmptyToo: true },
  PutBucketLifecycleConfigurationCommand: 'none',
  CreateBucketCommand: 'none',
}

/** Bytes of an answer's XML. The longest lists a thousand keys of 1,024 bytes, each of which XML may make six times as long. */
const MAX_XML = 8 * 1024 ** 2

/**
 * A successful status without what a store answers: from a console, a web page or an API at S3_ENDPOINT, or from something in
 * between that answered in the store's place. The SDK repeats the request, because the latter may be passing.
 */
export class UnrecognizedAnswer extends Error {
  override name = 'UnrecognizedAnswer'
  readonly $retryable = {}
  readonly $metadata: { httpStatusCode: number }

  constructor(message: string, status: number) {
    super(message)
    this.$metadata = { httpStatusCode: status }
  }
}

/** Makes the client accept as an answer only what looks like a store's, and no more of an error than is worth reading. */
export function recognizeAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async args => {
        const result = await next(args)
        await recognize(result.response as HttpAnswer, commandName)
        return result
      },
    { name: 'recognizeAnswers', step: 'deserialize', priority: 'low' },
  )
}

async function recognize(answer: HttpAnswer, commandName: string): Promise<void> {
  const mark = marks[commandName]
  if (mark === undefined) throw new Error(`No mark of an answer to ${commandName} is known`)
  if (answer.statusCode >= 300) return await readErrorAnswer(answer)
  const hasHeader = typeof mark === 'object' && 'header' in mark && answer.headers[mark.header] !== undefined
  // Its body is the object.
  if (commandName === 'GetObjectCommand' && hasHeader) return
  const { bytes, isWhole } = await readUpTo(answer.body, MAX_XML)
  answer.body = bytes
  const text = bytes.toString()
  if (isError(text)) answer.statusCode = FOUND_LATE
  else if (!isWhole || !isXmlOrNothing(text) || !(hasHeader || holdsMark(text, mark)))
    throw new UnrecognizedAnswer(describe(text, answer.statusCode, mark), answer.statusCode)
}

/**
 * The status given to an error that a store found after it had sent 200, so that the SDK throws and repeats it. The SDK looks
 * for such errors, too, but not behind a line break at the end.
 */
const FOUND_LATE = 503

function isError(text: string): boolean {
  return /^\s*(<\?xml[^>]*>\s*)?<Error>/.test(text)
}

function isXmlOrNothing(text: string): boolean {
  return /^\s*($|<(?!!doctype html|html))/i.test(text)
}

function holdsMark(text: string, mark: Mark): boolean {
  if (mark === 'none') return true
  if ('header' in mark) return false
  return new RegExp(mark.isEmptyToo ? `<${mark.element}[\\s/>]` : `<${mark.element}>\\s*[^<\\s]`).test(text)
}

/** Says what is wrong without any of the body, which may hold anything. */
function describe(text: string, status: number, mark: Mark): string {
  const body = text.trim() === '' ? 'an empty body' : isXmlOrNothing(text) ? 'other XML' : 'a body that is no XML'
  const missing = mark === 'none' ? '' : `, without ${'header' in mark ? 'the header ETag' : mark.element}`
  return `status ${status} with ${body}${missing}`
}
