import { createRequire } from 'node:module'
import fc from 'fast-check'
import { consumedHeaders } from '../../../../lib/kafka/read/consumed-headers.ts'
import type { RecordHeader } from '../../../../lib/record.ts'

const require = createRequire(import.meta.url)
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/index.js')
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder.js')
const Decoder = require('kafkajs/src/protocol/decoder.js')

/** The headers of a record that kafkajs has written and read. */
function read(headers: Map<string, Buffer[]>): RecordHeader[] {
  const { buffer } = encodeRecord({ key: null, value: null, headers: Object.fromEntries(headers) })
  const decoder = new Decoder(buffer)
  decoder.readVarInt()
  return consumedHeaders(decodeRecord(decoder, { firstOffset: '0', firstTimestamp: '0' }).headers)
}

const inherited = Object.getOwnPropertyNames(Object.prototype)
const name = fc.oneof(fc.constantFrom(...inherited), fc.string({ unit: 'grapheme', maxLength: 5 }))
const value = fc.uint8Array({ maxLength: 3 }).map(bytes => Buffer.from(bytes))

test('law: headers come as they were produced, also ones with names of what every object has', () => {
  const headers = fc.uniqueArray(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  fc.assert(
    fc.property(headers, produced => {
      const found = read(new Map(produced))
      for (const [name, values] of produced) {
        expect(found.filter(({ key }) => key === name).map(({ value }) => value)).toEqual(values)
      }
      expect(found).toHaveLength(produced.flatMap(([, values]) => values).length)
    }),
  )
})

test('a record without headers has none', () => {
  expect(consumedHeaders(undefined)).toEqual([])
  expect(read(new Map())).toEqual([])
})
