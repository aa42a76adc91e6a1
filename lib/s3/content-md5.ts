import type { ChecksumAlgorithm } from '@aws-sdk/client-s3'
import { type Adaptable, changingHeaders } from './request-headers.ts'

/** The checksum of requests for which every store requires one. It is sent as Content-MD5, which every store knows. */
export const MD5: ChecksumAlgorithm = 'MD5'

/**
 * Leaves out the header that names the algorithm of a request with {@link MD5}. It is new, and some stores, such as
 * Cloudflare's R2, reject it.
 */
export function namingNoAlgorithm<Command extends Adaptable>(command: Command): Command {
  return changingHeaders(command, headers => {
    delete headers['x-amz-sdk-checksum-algorithm']
  })
}
