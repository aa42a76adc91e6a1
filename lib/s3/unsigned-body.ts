import type { S3Client } from '@aws-sdk/client-s3'
import { HttpRequest } from '@smithy/core/protocols'

const CHECKSUM = /^x-amz-checksum-/

/**
 * Leaves the body out of the signature of requests that have its checksum and are encrypted: the signature covers the checksum, and
 * TLS the bytes, so that a SHA-256 of the whole body adds nothing but its time. Source: Amazon S3 API Reference,
 * "Authenticating Requests: Using the Authorization Header", unsigned payload option.
 */
export function leaveBodyUnsigned(client: S3Client): void {
  client.middlewareStack.add(
    next => args => {
      const { request } = args
      if (HttpRequest.isInstance(request) && request.protocol === 'https:' && hasChecksum(request))
        request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD'
      return next(args)
    },
    // The client's own checksum is there at this step.
    { name: 'leaveBodyUnsigned', step: 'build', priority: 'low' },
  )
}

function hasChecksum({ headers }: HttpRequest): boolean {
  return Object.keys(headers).some(name => CHECKSUM.test(name))
}
