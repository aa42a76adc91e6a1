import fc from 'fast-check'
import { asciiBytes, base64Bytes, integerBytes, JsonBytes } from '../../../../lib/offline/poller/json-bytes.ts'

function written(bytes: number, write: (into: JsonBytes) => void): string {
  const into = new JsonBytes(bytes)
  write(into)
  expect(into.length).toBe(bytes)
  return into.buffer.toString()
}

const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(Number),
  fc.nat(18).map(digits => 10 ** digits),
  fc.nat(15).map(digits => 10 ** digits - 1),
)

test('law: numbers are written as JSON has them, whatever their length', () => {
  fc.assert(
    fc.property(integer, number => {
      const json = JSON.stringify(number)
      expect(written(integerBytes(number), into => into.integer(number))).toBe(json)
    }),
    { numRuns: 1000, examples: [[0], [-1], [-0], [1e9], [1e9 - 1], [2 ** 53], [-(2 ** 63)]] },
  )
})

test('law: bytes are written as Base64, short ones and long ones', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), array => {
      const bytes = Buffer.from(array)
      expect(written(base64Bytes(bytes), into => into.base64(bytes))).toBe(bytes.toString('base64'))
    }),
    { numRuns: 500 },
  )
})

test('pieces follow one another', () => {
  const write = (into: JsonBytes) => {
    into.bytes(asciiBytes('{"a":'))
    into.integer(-12)
    into.text(',"ö":1}')
  }
  expect(written(Buffer.byteLength('{"a":-12,"ö":1}'), write)).toBe('{"a":-12,"ö":1}')
})
