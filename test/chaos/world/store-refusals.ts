import type { IncomingMessage } from 'node:http'
import type { StoreFault } from './store-proxy.ts'

/** Faults that are an answer in the store’s place: the request has no effect. */
export type RefusingFault = 'internal-error' | 'slow-down' | 'ok-with-error' | 'disk-full' | 'revoked'

export interface Refusal {
  status: number
  code: string
  message: string
}

/**
 * The body of a refusal. DeleteObjects names an error for each key. Source: Amazon S3 API, "DeleteObjects", and "Error responses".
 *
 * @param asked the request’s body
 */
export function refusalText({ status, code, message }: Refusal, { url = '' }: IncomingMessage, asked: Buffer): string {
  const error = (key: string) => `<Error>${key}<Code>${code}</Code><Message>${message}</Message></Error>`
  const head = '<?xml version="1.0" encoding="UTF-8"?>'
  if (status !== 200 || !/[?&]delete\b/.test(url)) return head + error('')
  const keys = asked.toString().match(/<Key>[^<]*<\/Key>/g) ?? []
  return `${head}<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${keys.map(error).join('')}</DeleteResult>`
}

/** Source: Amazon S3 API, "Error responses"; 507 XMinioStorageFull: MinIO, "S3 error codes". */
export const refusals: Readonly<Record<RefusingFault, Refusal>> = {
  'internal-error': {
    status: 500,
    code: 'InternalError',
    message: 'We encountered an internal error. Please try again.',
  },
  'slow-down': { status: 503, code: 'SlowDown', message: 'Please reduce your request rate.' },
  // "A request could return a 200 OK response that contains an error": CompleteMultipartUpload, CopyObject, DeleteObjects.
  'ok-with-error': {
    status: 200,
    code: 'InternalError',
    message: 'We encountered an internal error. Please try again.',
  },
  'disk-full': {
    status: 507,
    code: 'XMinioStorageFull',
    message: 'Storage backend has reached its minimum free drive threshold.',
  },
  revoked: {
    status: 403,
    code: 'InvalidAccessKeyId',
    message: 'The AWS access key ID you provided does not exist in our records.',
  },
}

const WRITING = ['PUT', 'POST']

/** Whether a fault can meet a request of this kind. */
export function isApplicable(fault: StoreFault, { method = '', url = '', headers }: IncomingMessage): boolean {
  switch (fault) {
    case 'disk-full':
      return WRITING.includes(method)
    case 'truncates':
      return method === 'GET'
    case 'loses-answers':
      return method !== 'GET' && method !== 'HEAD'
    case 'ok-with-error':
      return (method === 'POST' && /[?&]uploadId=|[?&]delete\b/.test(url)) || headers['x-amz-copy-source'] !== undefined
    default:
      return true
  }
}
