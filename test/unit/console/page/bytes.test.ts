import fc from 'fast-check'
import {
  base64Of,
  bytesOf,
  hexText,
  lineOf,
  previewOf,
  textOf,
  typedBytes,
  typedText,
} from '../../../../lib/console/page/parts/bytes.ts'
import { parseTree } from '../../../../lib/console/page/parts/parse-tree.ts'
import { argsOf, choiceOf, openedOf } from '../../../../lib/console/page/screens/records/choice.ts'

const shown = (bytes: Uint8Array, isCut = false) => ({ size: bytes.length, base64: base64Of(bytes), isCut })

it('bytes come back as they were, also through what a person types', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), bytes => {
      expect(bytesOf(shown(bytes))).toEqual(bytes)
      expect(typedBytes(typedText(bytes))).toEqual(bytes)
    }),
  )
})

it('a text that begins like hexadecimal digits is looked for by its bytes', () => {
  const text = new TextEncoder().encode('0xff')
  expect(typedText(text)).toBe('0x30786666')
  expect(typedBytes('0xf')).toEqual(new TextEncoder().encode('0xf'))
})

it('a character that was cut in two is left out, and other bytes are no text', () => {
  const bytes = new TextEncoder().encode('aä').subarray(0, 2)
  expect(textOf(bytes, true)).toEqual({ text: 'a', isText: true })
  expect(textOf(bytes, false).isText).toBe(false)
  expect(previewOf(shown(Uint8Array.of(0, 255)))).toBe('0x00ff')
})

it('a list shows the beginning of a long text, and a line of its own all that was sent', () => {
  const long = 'x'.repeat(1_000)
  const bytes = shown(new TextEncoder().encode(long))
  expect(previewOf(bytes)).toBe(long.slice(0, 240))
  expect(lineOf(bytes)).toBe(long)
  expect(lineOf(shown(new Uint8Array(200).fill(255)))).toBe(`0x${'ff'.repeat(200)}`)
})

it('a hex dump has offsets, bytes and printable characters', () => {
  expect(hexText(new TextEncoder().encode('<script>alert(1)\u0007'))).toBe(
    '00000000  3c 73 63 72 69 70 74 3e 61 6c 65 72 74 28 31 29  <script>alert(1)\n' +
      `00000010  07${' '.repeat(45)}  .`,
  )
})

it('a tree keeps the digits of numbers that JavaScript can’t hold', () => {
  const tree = parseTree('{"id": 12345678901234567890, "price": 1.10, "count": 3}')
  expect(tree).toEqual({ id: { source: '12345678901234567890' }, price: { source: '1.10' }, count: 3 })
})

it.each(['', 'text', '12', '{"id": not json', '['.repeat(100_000)])('%.20s is no tree', text => {
  expect(parseTree(text)).toBeUndefined()
})

it('an address chooses what is asked', () => {
  const args = argsOf('lake', choiceOf({ topic: 'orders', partition: '2', offset: '7', key: 'k' }))
  expect(args).toEqual({
    ...{ name: 'lake', topic: 'orders', cluster: 'source', partition: 2, from: { offset: 7 }, key: 'aw==', limit: 50 },
  })
  expect(argsOf('lake', choiceOf({}))).toBeUndefined()
  expect(openedOf({ at: '3.12' })).toEqual({ partition: 3, offset: 12 })
  expect(openedOf({ at: '3.x' })).toBeUndefined()
})
