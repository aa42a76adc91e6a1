import { holdsOffset, intersect, subtract } from '../../commits/offset-runs.ts'
import { parseLetter } from '../../delivery/letter.ts'
import type { PartitionRecords } from '../../kafka/read/partition-records.ts'
import type { KafkaRecord } from '../../record.ts'
import { runsOf } from '../../staging/runs.ts'
import { documentFailures } from '../document-failures.ts'
import type { FailedRecords, FetchedRecords, LetterSpan, RedrivenRecord } from '../failed-records.ts'
import type { FailedSource, NamedFailure } from '../failed-source.ts'
import { parseFailureDocument } from '../failure-document.ts'

export interface TopicSource {
  topic: string
  /** `CONNECTOR_NAME`: one topic may have the failed records of several connectors. */
  connector: string
  /** Of the connector, for the documents of Lambda's on-failure destination. */
  functionName: string
  /** Of the cluster that the connector reads. */
  kafka: PartitionRecords
  /** Takes a sentence about what can't be listed. */
  report(problem: string): void
}

/**
 * Codes of records of which the topic has only what the event had of them: a key or value that was no base64, or none because it
 * was too large. The source has the records themselves.
 */
const INCOMPLETE: ReadonlySet<string> = new Set(['RECORD_UNDECODABLE', 'RECORD_LEFT_OUT'])

/** A topic for failed records: our dead letters and abnormal data, and the documents of a `kafka://` destination. */
export function createTopicSource(source: TopicSource): FailedSource {
  const { topic, kafka, report } = source
  return {
    name: `topic ${topic}`,
    // All of them, since one may have failed again later, as marks tell.
    async *list() {
      let unknown = 0
      for (const [partition, { start, end }] of await kafka.bounds(topic)) {
        for await (const records of kafka.read({ topic, partition, from: start, end })) {
          for (const record of records) {
            const found = failuresIn(record, source)
            if (!found) unknown += 1
            yield* found ?? []
          }
        }
      }
      if (unknown > 0) report(`${unknown} records of the topic ${topic} tell nothing of a failed record.`)
    },
    fetch: failed =>
      failed.place.kind === 'topic' && failed.place.topic === topic ? fetchLetters(source, failed) : undefined,
  }
}

/** The failures that a record of the topic tells; undefined when it is neither a letter nor a document. */
function failuresIn(stored: KafkaRecord, { topic, connector, functionName }: TopicSource): NamedFailure[] | undefined {
  const span = {
    kind: 'topic',
    topic,
    partition: stored.partition,
    from: stored.offset,
    end: stored.offset + 1,
  } as const
  const letter = parseLetter(stored)
  if (letter) {
    if (letter.connector !== connector) return []
    const { record, errorCode: code, failedAt: time = -1 } = letter
    const place = INCOMPLETE.has(code) ? FROM_SOURCE : span
    return [
      {
        topic: record.topic,
        partition: record.partition,
        first: record.offset,
        last: record.offset,
        code,
        time,
        place,
      },
    ]
  }
  const document = parseFailureDocument(stored.value?.toString() ?? '')
  if (!document) return undefined
  if (document.functionName !== functionName) return []
  const failures = documentFailures(document, span, 'topic')
  return failures.length > 0 ? failures : undefined
}

const FROM_SOURCE = { kind: 'kafka', named: 'topic' } as const

/** Gets letters back, in the order of their records' offsets. */
async function* fetchLetters(source: TopicSource, failed: FailedRecords): AsyncGenerator<FetchedRecords> {
  const { place, offsets } = failed
  const { topic, kafka } = source
  for (const course of place.kind === 'topic' ? coursesOf(place.letters) : []) {
    const wanted = intersect(
      offsets,
      course.spans.map(({ run }) => run),
    )
    const found: number[] = []
    for await (const stored of kafka.read({ topic, ...course })) {
      const records = stored.flatMap(record => redrivenOf(record, course.spans, failed))
      const some = records.filter(({ record: { offset } }) => holdsOffset(wanted, offset))
      if (some.length > 0) yield { records: some, gone: [], refused: [] }
      for (const { record } of some) found.push(record.offset)
    }
    const gone = subtract(wanted, runsOf(found))
    if (gone.length > 0) yield { records: [], gone, refused: [] }
  }
}

/** Letters of one partition of the topic that are read in one go. */
interface Course {
  partition: number
  from: number
  end: number
  spans: LetterSpan[]
}

/** Divides spans, which are in the order of their offsets, where their letters are no longer in that order. */
function coursesOf(letters: LetterSpan[]): Course[] {
  const courses: Course[] = []
  for (const span of letters) {
    const { partition, from, end } = span
    const course = courses.at(-1)
    if (course?.partition === partition && course.end <= from) {
      course.spans.push(span)
      course.end = end
    } else courses.push({ partition, from, end, spans: [span] })
  }
  return courses
}

/** The failed records that a record of the topic holds, without those of which another letter is the one that counts. */
function redrivenOf(
  stored: KafkaRecord,
  spans: LetterSpan[],
  { topic, partition, code, place }: FailedRecords,
): RedrivenRecord[] {
  const letter = `${stored.topic}-${stored.partition}:${stored.offset}`
  return recordsIn(stored)
    .filter(
      record => record.topic === topic && record.partition === partition && isIn(spans, record.offset, stored.offset),
    )
    .map(record => ({ record, code, place, letter }))
    .toSorted((one, other) => one.record.offset - other.record.offset)
}

function recordsIn(stored: KafkaRecord): KafkaRecord[] {
  const letter = parseLetter(stored)
  if (letter) return [letter.record]
  return parseFailureDocument(stored.value?.toString() ?? '')?.batches?.flatMap(({ records }) => records) ?? []
}

/** Whether the letter at a position is the one that counts for an offset. */
function isIn(spans: LetterSpan[], offset: number, position: number): boolean {
  let [low, high] = [0, spans.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const {
      run: [first, count],
      from,
      end,
    } = spans[middle] as LetterSpan
    if (offset < first) high = middle - 1
    else if (offset >= first + count) low = middle + 1
    else return position >= from && position < end
  }
  return false
}
