import { createDump } from '../lib/api/dump.ts'

/** Writes the records of a Kafka event to the bucket. */
export const handler = await createDump()
