import type { KafkaRecord } from '../../lib/record.ts'

const hex = (bytes: string) => Buffer.from(bytes, 'hex')
const header = (key: string, value: Buffer | null) => ({ key, value })

/** What formats tend to lose, each as the fields of one record that are out of the ordinary. */
export const awkwardRecords: Record<string, Partial<KafkaRecord>> = {
  'plain text': {},
  'no key': { key: null },
  'an empty key': { key: Buffer.alloc(0) },
  'a tombstone': { value: null },
  'an empty value': { value: Buffer.alloc(0) },
  'neither key nor value': { key: null, value: null },
  'text beyond ASCII': { key: Buffer.from('Zoë'), value: Buffer.from('山田太郎 😀') },
  'a byte-order mark': { value: hex('efbbbf61') },
  'invalid UTF-8: a lone continuation byte': { value: hex('80') },
  'invalid UTF-8: a truncated sequence': { value: hex('61c3') },
  'invalid UTF-8: an overlong form': { value: hex('c080') },
  'invalid UTF-8: a surrogate': { value: hex('eda080') },
  'invalid UTF-8 in the key': { key: hex('fffe') },
  'bytes that are base64 text': { value: Buffer.from('/w==') },
  'all bytes from 0 to 255': { value: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) },
  'newlines, quotes, backslashes and nulls': { value: Buffer.from('a\r\n"b\\c"\0\u2028},{"key":"},{\\"headers\\":') },
  'JSON that looks like a record': { value: Buffer.from('{"key":null,"value":0},{"headers":[],"key":"') },
  'no timestamp': { timestamp: -1 },
  'the epoch as timestamp': { timestamp: 0 },
  // Kafka's −1 is no timestamp; other negative ones are times (KIP-228). .NET's first is that of the year 1.
  'a time just before the epoch': { timestamp: -2 },
  'a time of the year 1': { timestamp: -62_135_596_800_000 },
  'an offset beyond 32 bits': { offset: 2 ** 31 + 7 },
  'an offset of 16 digits': { offset: 2 ** 53 - 3 },
  'a header': { headers: [header('trace-id', Buffer.from('4bf92f'))] },
  'headers with the same name': { headers: [header('h', Buffer.from('1')), header('h', Buffer.from('2'))] },
  'a header without a value, and an empty one': { headers: [header('h', null), header('h', Buffer.alloc(0))] },
  'a header of invalid UTF-8': { headers: [header('h', hex('ff'))] },
  'a header without a name': { headers: [header('', Buffer.from('1'))] },
  'a header with a name beyond ASCII': { headers: [header('ключ', Buffer.from('значение'))] },
  'a hundred headers': { headers: Array.from({ length: 100 }, (_, i) => header(`h${i}`, Buffer.from([i]))) },
  'a value of 3 MB': { value: Buffer.alloc(3_000_000, 'größe') },
}

/** An awkward record as one of the topic. */
export function awkwardRecord(fields: Partial<KafkaRecord>, index = 0): KafkaRecord {
  return {
    topic: 'awkward.topic_1',
    partition: 3,
    offset: index,
    timestamp: 1_767_225_600_000 + index,
    key: Buffer.from(`key-${index}`),
    value: Buffer.from('{"orderId":1}'),
    headers: [],
    ...fields,
  }
}

/** All of them, in the order of their offsets. */
export const allAwkwardRecords = Object.values(awkwardRecords)
  .map(awkwardRecord)
  .toSorted((one, other) => one.offset - other.offset)
