import { isUtf8 } from 'node:buffer'
import { numberedRecord } from '../../chaos/load/numbered-record.ts'
import { Random } from '../../support/simulation/random.ts'

const random = new Random(5)
const values = Array.from({ length: 3_000 }, (_, sequence) => numberedRecord('orders', 0, sequence, random).value)

function isJson(value: Buffer): boolean {
  try {
    JSON.parse(String(value))
    return isUtf8(value)
  } catch {
    return false
  }
}

test('most values of the load are JSON objects, and the others are empty or no text: a dump of JSON has to put those aside', () => {
  const present = values.filter(value => value !== null)
  const [json, others] = [present.filter(isJson), present.filter(value => !isJson(value))]
  expect(json.every(value => value[0] === 0x7b)).toBe(true)
  expect(others.every(value => value.length === 0 || !isUtf8(value))).toBe(true)
  expect(others.filter(value => value.length > 0).length).toBeGreaterThan(present.length * 0.03)
  expect(others.length).toBeLessThan(present.length * 0.08)
})
