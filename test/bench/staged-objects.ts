import { randomBytes } from 'node:crypto'
import pMap from 'p-map'
import type { FormatSettings } from '../../lib/formats/encode.ts'
import type { StoredRecord } from '../../lib/formats/format.ts'
import { formats } from '../../lib/formats/index.ts'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { encodeStagedObject, type FrameContent } from '../../lib/staging/layout.ts'

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
}

/** Stages objects of one partition, with neighbouring offsets and one frame each. */
export async function stage(store: ObjectStore, prefix: string, form: FormatSettings, staged: Staged): Promise<number> {
  const { topic, partition, objects } = staged
  const { joining } = await formats[form.format].load()
  const bodies = await pMap(Array.from({ length: FRAMES }), () => joining.frame(records(staged), form), {
    concurrency: 1,
  })
  const numbers = Array.from({ length: objects }, (_, index) => index)
  let total = 0
  await pMap(
    numbers,
    async number => {
      const body = bodies[number % FRAMES] as Buffer
      const times = { minTimestamp: number * RECORDS, maxTimestamp: (number + 1) * RECORDS - 1 }
      const frame: FrameContent = { body, records: RECORDS, offsets: [[number * RECORDS, RECORDS]], ...times }
      const object = encodeStagedObject(prefix, { topic, partition, form, frames: [frame] })
      total += object.body.length
      await store.put({ key: object.key, body: object.body, contentType: 'application/octet-stream', metadata: {} })
    },
    { concurrency: AT_ONCE },
  )
  return total
}

/** Records whose values hardly compress, so that a frame has about the size that is asked for. */
function records({ topic, partition, bytes }: Staged): StoredRecord[] {
  // Base64, of which gzip saves a quarter.
  const valueBytes = Math.round(bytes / RECORDS)
  return Array.from({ length: RECORDS }, (_, offset) => ({
    topic,
    partition,
    offset,
    timestamp: offset,
    key: null,
    value: Buffer.from(randomBytes(valueBytes).toString('base64')),
    headers: [],
  }))
}
