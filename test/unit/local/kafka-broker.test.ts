import { newClusterId } from '../../../local/kafka-broker.ts'

// One broker in 64 did not start: `kafka-storage format -t -…` takes an id that begins with a hyphen for an option.
test('the id of a new cluster never begins with a hyphen', () => {
  const ids = Array.from({ length: 2000 }, newClusterId)
  expect(ids.filter(id => !/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toEqual([])
})
