import * as z from 'zod'
import type { ShownRecord } from '../api/index.ts'
import type { AskedQuestion } from '../question.ts'
import { topicArguments, wholeNumber } from '../records/arguments.ts'
import { decodedValues } from '../records/decoded.ts'
import { readerOf, useTopics } from '../records/opened-topics.ts'
import type { Walked } from '../records/partition-walk.ts'
import { recordsPage } from '../records/records-page.ts'
import { inList } from '../records/shown-record.ts'

/** The most records of an answer, which then has less than a megabyte. */
const MOST = 100
/** Of a key that is looked for, in Base64: as much of a key as a page has in its address. */
const MOST_KEY = 4_096
/** Of a continuation: as much as an address may have. */
const MOST_NEXT = 15_000

/** Some records of a topic: the newest, or those from an offset or a time on; all, or those with a key. */
export const records: AskedQuestion<'records'> = {
  args: z.strictObject({
    ...topicArguments,
    partition: wholeNumber.optional(),
    from: z.union([
      z.literal('newest'),
      z.strictObject({ offset: wholeNumber }),
      z.strictObject({ time: wholeNumber }),
      z.strictObject({ next: z.string().max(MOST_NEXT) }),
    ]),
    key: z.base64().max(MOST_KEY).optional(),
    limit: z.int().min(1).max(MOST),
  }),
  everyMs: 2_000,
  answer: (context, args, signal) =>
    useTopics(context, args.name, async opened => {
      // Records on the target are as they were sent there.
      const decoder = args.cluster === 'target' ? undefined : opened.decoder
      const { walked, ...page } = await recordsPage(args, readerOf(opened, args.cluster), {
        isDecoded: decoder !== undefined,
        signal,
      })
      return { ...page, records: decoder ? await decoded(walked, decoder, signal) : walked.map(({ shown }) => shown) }
    }),
}

async function decoded(
  walked: Walked[],
  decoder: Parameters<typeof decodedValues>[1],
  signal: AbortSignal,
): Promise<ShownRecord[]> {
  const whole = walked.flatMap(({ whole }) => whole ?? [])
  const values = (await decodedValues(whole, decoder, inList.json, signal)).values()
  return walked.map(({ shown, whole }) => (whole ? { ...shown, decoded: values.next().value } : shown))
}
