import { randomBytes } from 'node:crypto'
import type { StoredObject } from '../../lib/s3/store.ts'

export const MEGABYTE = 1024 ** 2

/** The smallest parts that there are. */
export const PARTS = { S3_PART_SIZE: `${5 * MEGABYTE}` }

export const objectOf = (body: Buffer): StoredObject => ({
  key: 'lake/orders/partition=0/orders+0+0000000000-0000000009.json.gz',
  body,
  contentType: 'application/json',
  contentEncoding: 'gzip',
  metadata: { 'first-offset': '0' },
})

export const small = objectOf(Buffer.from('[{"key":"ä"}]'))

/** Three of these parts, the last one shorter; random, so that no two are alike. */
export const large = objectOf(randomBytes(12 * MEGABYTE))
