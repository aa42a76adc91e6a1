import type { IHeaders } from 'kafkajs'
import type { RecordHeader } from '../../record.ts'

/**
 * The headers of a record that kafkajs has read, repeated ones as separate headers behind one another.
 *
 * kafkajs looks a header's name up in a plain object to find out whether it repeats, and so also finds what every object
 * inherits: a header `constructor` or `__proto__` comes as an array that begins with a function or an object. Only bytes and
 * null are values of headers. Source: kafkajs 2.2.4, `src/protocol/recordBatch/record/v0/decoder.js`.
 */
export function consumedHeaders(headers: IHeaders | undefined): RecordHeader[] {
  const list: RecordHeader[] = []
  for (const key in headers) {
    const values = headers[key]
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === null || Buffer.isBuffer(value)) list.push({ key, value })
    }
  }
  return list
}
