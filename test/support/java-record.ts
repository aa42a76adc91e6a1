import type { KafkaRecord } from '../../lib/record.ts'

/** A record as `test/java/ProducerOracle.java` prints it. */
export function recordOfJava(
  topic: string,
  fields: string,
): KafkaRecord & { headers: { key: string; value: Buffer | null }[] } {
  const [partition, offset, timestamp, key, value, ...headers] = fields.split(' ')
  return {
    topic,
    partition: Number(partition),
    offset: Number(offset),
    timestamp: Number(timestamp),
    key: bytesOf(key),
    value: bytesOf(value),
    headers: headers.flatMap((name, index) =>
      index % 2 === 0 ? { key: String(bytesOf(name)), value: bytesOf(headers[index + 1]) } : [],
    ),
  }
}

function bytesOf(field = 'null'): Buffer | null {
  return field === 'null' ? null : Buffer.from(field.slice(1, -1), 'base64')
}
