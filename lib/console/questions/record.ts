import * as z from 'zod'
import type { PartitionRange, PartitionRecords } from '../../kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../record.ts'
import type { ValueRecord } from '../../values/value.ts'
import type { AskedQuestion } from '../question.ts'
import { topicArguments, wholeNumber } from '../records/arguments.ts'
import { decodedValues } from '../records/decoded.ts'
import { readerOf, useTopics } from '../records/opened-topics.ts'
import { inDetail, shownBytes, shownRecord } from '../records/shown-record.ts'

/** Bytes of a part of a large value: a megabyte in Base64. */
const PART_BYTES = 720 * 1024

/** A record with as much of it as a page can show at once, or a part of its value. */
export const record: AskedQuestion<'record'> = {
  args: z.strictObject({
    ...topicArguments,
    ...{ partition: wholeNumber, offset: wholeNumber, valueFrom: wholeNumber.optional() },
  }),
  everyMs: 60_000,
  answer: (context, { name, cluster, valueFrom, ...place }, signal) =>
    useTopics(context, name, async opened => {
      const { topic, partition, offset } = place
      const found = await recordAt(readerOf(opened, cluster), { topic, partition, from: offset, end: offset + 1 })
      if (!found) return null
      const shown = shownRecord(found, inDetail)
      if (valueFrom !== undefined)
        return { ...shown, headers: [], value: shownBytes(found.value, PART_BYTES, valueFrom) }
      if (!opened.decoder || cluster === 'target' || !hasValue(found)) return shown
      const [decoded] = await decodedValues([found], opened.decoder, inDetail.json, signal)
      return { ...shown, decoded }
    }),
}

/** A cluster refuses a read past the end of a partition, and the offset in an address may lie there. */
async function recordAt(kafka: PartitionRecords, range: PartitionRange): Promise<KafkaRecord | undefined> {
  const bounds = (await kafka.bounds(range.topic)).get(range.partition)
  return bounds && range.end <= bounds.end ? await kafka.first(range) : undefined
}

function hasValue(record: KafkaRecord): record is ValueRecord {
  return record.value !== null
}
