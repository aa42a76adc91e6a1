import { appendFileSync } from 'node:fs'
import { parseFailedRecordsLine } from '../../../lib/delivery/failed-records-line.ts'
import type { PutAside } from '../checker/found.ts'

/** Reads what functions print: the records that only the log names, and what people want to see of the rest. */
export class LogReader {
  /** Named by the log, and nowhere else but in Kafka. */
  readonly leftInKafka: PutAside[] = []
  readonly #say: (line: string) => void

  readonly #file: string | undefined

  /** @param file gets the lines about failed records, for a redrive */
  constructor(say: (line: string) => void, file?: string) {
    this.#say = say
    this.#file = file
  }

  read(line: string): void {
    const parsed = parse(line)
    const failed = parseFailedRecordsLine(parsed)
    if (failed && this.#file) appendFileSync(this.#file, `${line}\n`)
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
