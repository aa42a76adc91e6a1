import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { decodeRecords } from '../lib/formats/json-record.ts'
import type { OutgoingRecord } from '../lib/record.ts'

/**
 * The records of a file, one as JSON in each line, in the form of the format `jsonl`, which `consume --json` prints. Only a key or a
 * value is required. Without a timestamp, a record gets the time at which it is read; the key decides its partition.
 *
 * @param file `-` for standard input
 * @param signal ends the reading
 * @throws an error that names the line that is wrong
 */
export async function* fileRecords(file: string, signal?: AbortSignal): AsyncGenerator<OutgoingRecord> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal })
  // A file that isn't there is told when it is read.
  const failed = new Promise<never>((_, reject) => void input.once('error', reject))
  failed.catch(() => {})
  const iterator = lines[Symbol.asyncIterator]()
  try {
    for (let number = 1; ; number++) {
      const { value: line, done } = await Promise.race([iterator.next(), failed])
      if (done) return
      if (line.trim() !== '') yield recordOf(line.trim(), `${file === '-' ? 'Standard input' : file}, line ${number}`)
    }
  } finally {
    lines.close()
    // Standard input would keep the process alive.
    input.destroy()
  }
}

/** What a line may leave out. Of a name that comes twice in JSON, the second one counts. */
const DEFAULTS = '"key":null,"value":null,"timestamp":-1,'

function recordOf(line: string, place: string): OutgoingRecord {
  const { key, value, headers, timestamp } = decoded(line, place)
  return { key, value, headers, timestamp: timestamp >= 0 ? timestamp : Date.now() }
}

function decoded(line: string, place: string): OutgoingRecord {
  try {
    if (!/^\{\s*"/.test(line)) throw new Error('no object with fields')
    const [record] = decodeRecords(`[{${DEFAULTS}${line.slice(1)}]`)
    if (!record) throw new Error('no record')
    return record
  } catch (cause) {
    throw new Error(
      `${place}: expected a record as JSON, such as {"key":"order-1","value":"text","headers":[{"key":"a","value":"b"}]}`,
      { cause },
    )
  }
}
