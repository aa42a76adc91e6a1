import * as z from 'zod'
import { type Act, type ErrorCode, errorCodes } from '../error.ts'
import { failurePolicyNames } from './policy.ts'

/**
 * The version of the schema of log lines about failed records. Alarms, queries and tools read these lines, so a field is never
 * renamed or given another meaning without a new version. docs/failures.md describes it.
 */
export const FAILED_RECORDS_SCHEMA = 1

/** What happened to the records of a line. */
export const failedRecordsMessages = ['Records put aside', 'Records left in Kafka', 'Partition stopped'] as const
export type FailedRecordsMessage = (typeof failedRecordsMessages)[number]

/**
 * The longest `ranges` of one line, in characters. A whole line stays below 16 KB, at which container runtimes split lines
 * (CloudWatch takes 256 KB).
 */
const MAX_RANGES = 8_000

/** The longest text of an error in a line, in characters. */
const MAX_TEXT = 2_000

/** First and last offset. */
type OffsetRange = [first: number, last: number]

const RANGE = /^(\d+)(?:-(\d+))?$/

/** `3,50,97-120`, ascending and without overlaps. Empty when the platform gives no offsets. */
const rangesText = () =>
  z
    .string()
    .refine(text => text === '' || text.split(',').every(part => RANGE.test(part)))
    .transform(text => (text === '' ? [] : text.split(',').map(parseRange)))

/** A function, because most who import this file only write lines. */
const lineSchema = () =>
  z.object({
    schema: z.literal(FAILED_RECORDS_SCHEMA),
    message: z.enum(failedRecordsMessages),
    topic: z.string(),
    partition: z.int(),
    ranges: rangesText(),
    /** -1 when the platform gives no offsets. */
    firstOffset: z.int(),
    lastOffset: z.int(),
    /** The number of records; larger than the ranges when some of them have no offset. */
    records: z.int().positive(),
    errorCode: z.enum(Object.keys(errorCodes) as ErrorCode[]),
    errorMessage: z.string(),
    cause: z.string().optional(),
    /** Who has to act; absent in lines of earlier versions. */
    act: z.enum(['person', 'system']).optional(),
    policy: z.enum(failurePolicyNames),
    /** The topic that has the records now. */
    putInto: z.string().optional(),
    /** The logger adds it to each of its lines. */
    connector: z.string().optional(),
  })

/** A line about failed records of one topic-partition that have the same error code, as it is logged. */
export type FailedRecordsLine = z.input<ReturnType<typeof lineSchema>>

/** The same line as a program reads it: the offsets are ranges of numbers. */
export type ParsedFailedRecordsLine = z.output<ReturnType<typeof lineSchema>>

/** What the lines say in addition to the offsets. */
export type FailedRecordsFacts = Omit<
  FailedRecordsLine,
  'schema' | 'ranges' | 'firstOffset' | 'lastOffset' | 'records' | 'connector' | 'act'
>

/**
 * The lines for records of one topic-partition: more than one when their ranges are long.
 *
 * @param offsets one for each record, in any order; -1 when it is unknown. At least one
 */
export function failedRecordsLines(facts: FailedRecordsFacts, offsets: number[]): FailedRecordsLine[] {
  const { errorMessage, cause, ...others } = facts
  const texts = { errorMessage: errorMessage.slice(0, MAX_TEXT), cause: cause?.slice(0, MAX_TEXT) }
  return chunksOf(offsets).map(({ ranges, records }) => ({
    schema: FAILED_RECORDS_SCHEMA,
    ...others,
    ranges: ranges.map(renderRange).join(','),
    firstOffset: ranges[0]?.[0] ?? -1,
    lastOffset: ranges.at(-1)?.[1] ?? -1,
    records,
    ...texts,
    act: actOf(facts),
  }))
}

/**
 * Who has to act so that the records are delivered. Only a partition that stopped is repeated by the trigger; what was put aside
 * has to be redriven, even if its cause passes by itself.
 */
function actOf({ message, errorCode }: FailedRecordsFacts): Act {
  return message === 'Partition stopped' ? errorCodes[errorCode].act : 'person'
}

let madeSchema: ReturnType<typeof lineSchema> | undefined

/**
 * Reads a line of the log.
 *
 * @param line the parsed JSON of a line; fields of other origin are ignored
 * @returns undefined when it is not about failed records, or of another version
 */
export function parseFailedRecordsLine(line: unknown): ParsedFailedRecordsLine | undefined {
  madeSchema ??= lineSchema()
  return madeSchema.safeParse(line).data
}

interface Chunk {
  ranges: OffsetRange[]
  /** How many records are in it: several may have the same offset, or none. */
  records: number
}

/** Divides the records, by ascending offset, among lines. */
function chunksOf(offsets: number[]): Chunk[] {
  const chunks: Chunk[] = []
  let length = 0
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    const chunk = chunks.at(-1)
    const range = chunk?.ranges.at(-1)
    if (chunk && range && offset <= range[1] + 1) {
      range[1] = offset
      chunk.records += 1
      continue
    }
    const added = 2 * String(offset).length + 2
    length += added
    if (chunk && length <= MAX_RANGES) {
      if (offset >= 0) chunk.ranges.push([offset, offset])
      chunk.records += 1
      continue
    }
    length = added
    chunks.push({ ranges: offset < 0 ? [] : [[offset, offset]], records: 1 })
  }
  return chunks
}

function renderRange([first, last]: OffsetRange): string {
  return first === last ? String(first) : `${first}-${last}`
}

function parseRange(text: string): OffsetRange {
  const [, first, last = first] = RANGE.exec(text) ?? []
  return [Number(first), Number(last)]
}
