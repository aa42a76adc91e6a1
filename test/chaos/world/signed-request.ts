import type { IncomingMessage } from 'node:http'

/** What S3 tolerates between its clock and a signature’s time. Source: Amazon S3, "Error responses", RequestTimeTooSkewed. */
const TOLERATED_MS = 15 * 60_000

/** The access key that signed a request: `AWS4-HMAC-SHA256 Credential=<key>/<date>/…`. */
export function accessKeyOf({ headers }: IncomingMessage): string | undefined {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]
}

/** When a request was signed, as it says. */
export function signedAt({ headers }: IncomingMessage): Date | undefined {
  const text = String(headers['x-amz-date'] ?? '')
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? []
  const [year = '', month, day, hour, minute, second] = parts
  return year === '' ? undefined : new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

/** Whether a store whose clock shows this refuses the request for its time. */
export function isSkewed(request: IncomingMessage, clock: Date): boolean {
  const signed = signedAt(request)
  return signed !== undefined && Math.abs(signed.getTime() - clock.getTime()) > TOLERATED_MS
}
