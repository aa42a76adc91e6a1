import { validatedJson } from '../../../../lib/offline/intake/validated-json.ts'
import type { SchemaReference } from '../../../../lib/schema-registry/schema-registry.ts'

const limit = 1_000_000

function reader(definition: object | boolean, references: SchemaReference[] = []) {
  const text = JSON.stringify(definition)
  const decode = validatedJson.compile({ type: 'JSON', definition: text, references }, { messageIndex: 'confluent' })
  return (json: string) => decode(Buffer.from(json), limit).toString()
}

const order = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }

test('a value of its schema comes unchanged, with its own spaces and digits', () => {
  const json = '{ "id": 12345678901234567890, "note": "é" }'
  expect(reader(order)(json)).toBe(json)
})

test.each([['{"id":"5"}'], ['{}'], ['[]'], ['{"id":5'], ['']])('%j is not of its schema', json => {
  expect(() => reader(order)(json)).toThrow()
})

// The examples are of keywords that the dialect before didn't have, or that mean something else there.
test.each([
  ['http://json-schema.org/draft-04/schema#', { maximum: 5, exclusiveMaximum: true }, '4', '5'],
  ['http://json-schema.org/draft-06/schema#', { exclusiveMaximum: 5 }, '4', '5'],
  ['http://json-schema.org/draft-07/schema#', { if: { type: 'number' }, else: { minLength: 2 } }, '"ab"', '"a"'],
  ['https://json-schema.org/draft/2019-09/schema', { dependentRequired: { a: ['b'] } }, '{"b":1}', '{"a":1}'],
  ['https://json-schema.org/draft/2020-12/schema', { prefixItems: [{ type: 'string' }] }, '["a"]', '[1]'],
])('%s', ($schema, keywords, good, bad) => {
  const read = reader({ $schema, ...keywords })
  expect(read(good)).toBe(good)
  expect(() => read(bad)).toThrow('does not match')
})

test('a dialect that nobody knows can’t be used, and is named', () => {
  expect(() => reader({ $schema: 'https://example.com/mine' })).toThrow('https://example.com/mine')
})

test('keywords and formats that JSON Schema doesn’t have are left out', () => {
  const read = reader({ ...order, 'connect.type': 'int64', properties: { id: { format: 'mine' } } })
  expect(read('{"id":1}')).toBe('{"id":1}')
})

test('a schema of false takes nothing, one of true takes all', () => {
  expect(reader(true)('1')).toBe('1')
  expect(() => reader(false)('1')).toThrow()
})

// Source: Confluent documentation, "JSON Schema Serializer and Deserializer", "Referenced schemas".
describe('a schema that refers to another', () => {
  const product = JSON.stringify({ $id: 'https://example.com/product.json', type: 'string' })
  const unnamed = JSON.stringify({ type: 'string' })
  const items = { type: 'array', items: { $ref: 'product.json' } }

  test.each([
    ['by a name relative to its own', { $id: 'https://example.com/order.json', ...items }, 'product.json', unnamed],
    ['that has the same name', { $id: 'https://example.com/order.json', ...items }, 'product.json', product],
    ['without a name of its own', items, 'product.json', unnamed],
    [
      'by a whole URI',
      { items: { $ref: 'https://example.com/product.json' } },
      'https://example.com/product.json',
      product,
    ],
  ])('%s', (_, schema, name, definition) => {
    const read = reader(schema, [{ name, definition }])
    expect(read('["a"]')).toBe('["a"]')
    expect(() => read('[1]')).toThrow('does not match')
  })

  test('that is not there can’t be used', () => {
    expect(() => reader(items)).toThrow('product.json')
  })
})
