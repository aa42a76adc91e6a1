import { randomBytes } from 'node:crypto'
import pMap from 'p-map'
import type { FormatSettings } from '../../lib/formats/encode.ts'
import type { StoredRecord } from '../../lib/formats/format.ts'
import { formats } from '../../lib/formats/index.ts'
import type { StoredObject } from '../../lib/s3/store.ts'
import { encodeStagedObject, type FrameContent } from '../../lib/staging/layout.ts'
import type { OffsetRuns } from '../../lib/staging/staged-object.ts'

/** Different frames: more would only take longer to make, as joining doesn't look into them. */
const FRAMES = 16
const RECORDS = 1_000
const AT_ONCE = 8

/** What is staged for a topic-partition. */
export interface Staged {
  topic: string
  partition: number
  objects: number
  /** Bytes of each object, about. */
  bytes: number
  /** Frames of each object, each of another path; 1: without paths. */
  paths: number
}

/**
 * Stages objects of one partition, with neighbouring offsets.
 *
 * @returns their bytes together
 */
export async function stage(
  store: { put(object: StoredObject): Promise<void> },
  prefix: string,
  form: FormatSettings,
  staged: Staged,
): Promise<number> {
  const { topic, partition, objects, paths } = staged
  const each = Math.max(1, Math.floor(RECORDS / paths))
  const { joining } = await formats[form.format].load()
  const bodies = await pMap(Array.from({ length: FRAMES }), () => joining.frame(records(staged), form), {
    concurrency: 1,
  })
  const numbers = Array.from({ length: objects }, (_, index) => index)
  let total = 0
  await pMap(
    numbers,
    async number => {
      const frames = Array.from({ length: paths }, (_, place): FrameContent => {
        const first = (number * paths + place) * each
        const frame = {
          body: bodies[(number + place) % FRAMES] as Buffer,
          records: each,
          offsets: [[first, each]] as OffsetRuns,
        }
        const path = paths === 1 ? {} : { path: `path=${String(place).padStart(6, '0')}` }
        return { ...frame, ...path, minTimestamp: first, maxTimestamp: first + each - 1 }
      })
      const object = encodeStagedObject(prefix, { topic, partition, form, frames })
      total += object.body.length
      await store.put({ key: object.key, body: object.body, contentType: 'application/octet-stream', metadata: {} })
    },
    { concurrency: AT_ONCE },
  )
  return total
}

/** Records whose values hardly compress, so that a frame has about the size that is asked for. */
function records({ topic, partition, bytes, paths }: Staged): StoredRecord[] {
  const count = Math.max(1, Math.floor(RECORDS / paths))
  // Base64, of which gzip saves a quarter.
  const valueBytes = Math.round(bytes / paths / count)
  return Array.from({ length: count }, (_, offset) => ({
    topic,
    partition,
    offset,
    timestamp: offset,
    key: null,
    value: Buffer.from(randomBytes(valueBytes).toString('base64')),
    headers: [],
  }))
}
