import { jsonOrders } from '../../bench/json-records.ts'
import { OrderTally, orderChecksums } from '../../bench/peers/order-tally.ts'

const [RECORDS, BYTES] = [100, 377]
const orders = Array.from(jsonOrders(RECORDS, BYTES)).flat()
const checksums = orderChecksums(RECORDS, BYTES)

function faultsOf(found: { key: Buffer | null; value: Buffer | null }[]): string[] {
  const tally = new OrderTally(checksums)
  for (const order of found) tally.add(order)
  return tally.faults()
}

test('every order once has no faults, in whatever order they are found', () => {
  expect(faultsOf(orders.toReversed())).toEqual([])
})

test('orders that are missing are counted', () => {
  expect(faultsOf(orders.slice(3))).toEqual(['3 of 100 records are missing'])
})

test('orders that are found more than once are counted', () => {
  expect(faultsOf([...orders, ...orders.slice(0, 2), ...orders.slice(0, 1)])).toEqual([
    '3 records are there more than once',
  ])
})

test('an order with another key, with other bytes or without a value is wrong, and the real one is missing', () => {
  const [first, second, third, ...others] = orders as [(typeof orders)[0], (typeof orders)[0], (typeof orders)[0]]
  const wrong = [
    { ...first, key: null },
    { ...second, value: Buffer.from(`${second.value} `) },
    { ...third, value: null },
  ]
  expect(faultsOf([...wrong, ...others])).toEqual(['3 of 100 records are missing', '3 records have other bytes'])
})
