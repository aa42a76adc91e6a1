import fc from 'fast-check'
import { bytesOfBase64, bytesOfJson, itemsOf, membersOf } from '../../../../lib/dumped/layouts/json-text.ts'

/** Texts with blanks anywhere. */
const spaces = fc.constantFrom(undefined, 1, '\t')

test('law: members and items are those that JSON.parse finds, as they are written', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())), spaces, (objects, space) => {
      const text = JSON.stringify(objects, null, space)
      const found = Array.from(itemsOf(text), item => {
        const members = [...membersOf(item)].map(([name, value]) => [name, JSON.parse(value)])
        return Object.fromEntries(members)
      })
      expect(found).toEqual(JSON.parse(text))
    }),
  )
})

test('digits, escapes and the order of members stay', () => {
  const value = '{"10":1.50,"2":[12345678901234567890,"\\u00e9\\/"],"a":{"b" : -0.0}}'
  expect(membersOf(`{"key":null, "value" : ${value} }`).get('value')).toBe(value)
})

test('a string is its text or its base64, null is none, anything else is itself', () => {
  expect(bytesOfJson('"\\u00e9"', false)).toEqual(Buffer.from('é'))
  expect(bytesOfJson('"/w=="', true)).toEqual(Buffer.from([255]))
  expect(bytesOfJson('null', true)).toBeNull()
  expect(bytesOfJson('1.50', true)).toEqual(Buffer.from('1.50'))
})

test.each(['abc', 'ab=c', 'a\nbc', '/w', 'Zm9=', '\u0141A=='])('%j is no base64', text => {
  expect(() => bytesOfBase64(text)).toThrow('base64')
})
