import { type ParsedFailedRecordsLine, parseFailedRecordsLine } from '../../../lib/delivery/failed-records-line.ts'
import type { PutAside } from '../checker/found.ts'

/** Gets what a line says about failed records, and the line itself. */
export type OnFailed = (failed: ParsedFailedRecordsLine, line: string) => void

/** Reads what functions print: the records that only the log names, and what people want to see of the rest. */
export class LogReader {
  /** Named by the log, and nowhere else but in Kafka. */
  readonly leftInKafka: PutAside[] = []
  readonly #say: (line: string) => void
  readonly #onFailed: OnFailed

  /** @param onFailed gets the lines about failed records */
  constructor(say: (line: string) => void, onFailed: OnFailed = () => {}) {
    this.#say = say
    this.#onFailed = onFailed
  }

  read(line: string): void {
    const parsed = parse(line)
    const failed = parseFailedRecordsLine(parsed)
    if (failed) this.#onFailed(failed, line)
    if (failed?.message === 'Records left in Kafka') {
      const { topic, partition, errorCode: reason } = failed
      for (const [first, last] of failed.ranges)
        for (let offset = first; offset <= last; offset += 1)
          this.leftInKafka.push({ topic, partition, offset, reason, at: Date.now(), place: 'log' })
    }
    this.#say(failed ? `${failed.message}: ${failed.topic}-${failed.partition} ${failed.errorCode}` : line)
  }
}

function parse(line: string): unknown {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
