import fc from 'fast-check'

/** One change of an event: where it is made is a number that chooses among all places of the event. */
export interface Mutation {
  place: number
  kind: number
  value: number
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(),
  kind: fc.nat(),
  value: fc.nat(),
})

/** A place in an event: a field of an object, or an element of an array. */
interface Place {
  holder: Record<string, unknown>
  key: string
}

/** Places looked at: enough for each event without what a mutation has put in, which may be nested deeply. */
const MAX_PLACES = 3000

/** Changes the event in place. */
export function mutate(event: unknown, { place, kind, value }: Mutation): unknown {
  const root = { event }
  const places = placesOf(root)
  const chosen = places[place % places.length] as Place
  const other = places[value % places.length] as Place
  const change = changes[kind % changes.length] as (typeof changes)[number]
  change(chosen, hostileValues[value % hostileValues.length]?.(), other)
  return root.event
}

function placesOf(root: object): Place[] {
  const places: Place[] = []
  const holders: object[] = [root]
  for (const holder of holders) {
    for (const key of Object.keys(holder)) {
      if (places.length === MAX_PLACES) return places
      const held = (holder as Place['holder'])[key]
      places.push({ holder: holder as Place['holder'], key })
      if (typeof held === 'object' && held !== null && !ArrayBuffer.isView(held)) holders.push(held)
    }
  }
  return places
}

/** An own field whatever its name, as `JSON.parse` makes it; an array has elements only. */
function define(holder: object, key: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d{1,4}$/.test(key)) return
  Object.defineProperty(holder, key, { value, configurable: true, enumerable: true, writable: true })
}

const changes: ((place: Place, value: unknown, other: Place) => void)[] = [
  // Replacing is what finds most, so it is there more than once.
  ({ holder, key }, value) => define(holder, key, value),
  ({ holder, key }, value) => define(holder, key, value),
  ({ holder, key }, value) => define(holder, key, value),
  ({ holder, key }) => (Array.isArray(holder) ? holder.splice(Number(key), 1) : delete holder[key]),
  ({ holder, key }, value) =>
    Array.isArray(holder) ? holder.splice(Number(key), 0, value) : define(holder, key, value),
  ({ holder, key }) => {
    if (Array.isArray(holder)) holder.push(holder[Number(key)])
  },
  ({ holder, key }, value) => define(holder, typeof value === 'string' ? value : '__proto__', holder[key]),
  ({ holder, key }) => define(holder, key, [holder[key]]),
  ({ holder, key }) => define(holder, key, { [key]: holder[key] }),
  ({ holder, key }) => define(holder, key, jsonOf(holder[key])),
  ({ holder, key }) => define(holder, key, String(typeof holder[key] === 'object' ? '' : holder[key])),
  ({ holder, key }, _, other) => define(holder, key, leafOf(other)),
  ({ holder, key }, value) => {
    if (typeof holder[key] === 'string')
      define(holder, key, holder[key].slice(0, -1) + (typeof value === 'string' ? value.slice(0, 9) : ''))
  },
]

/** What another place holds, if it is no object: an event is a tree. */
function leafOf({ holder, key }: Place): unknown {
  return typeof holder[key] === 'object' ? null : holder[key]
}

function jsonOf(value: unknown): unknown {
  try {
    return JSON.stringify(value)
  } catch {
    return 'nested too deeply'
  }
}

/** An array in an array in an array … */
function nested(depth: number): unknown {
  let value: unknown = []
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

const hostileValues: (() => unknown)[] = [
  ...[null, undefined, true, false, '', ' ', 'null', 'None', '[]', '{}', '"', '0', '-1', '1e3', '0x10'],
  ...[0, -0, -1, -2, 1.5, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 1.7e18, -62_135_596_800_000, 1e308],
  ...[Number.NaN, -(2 ** 53) + 1, 8.64e15, 8.64e15 + 1],
  ...['9007199254740992', '9007199254740993', '2147483648', '99999999999999999999', '007'],
  ...['..', '../../etc', 'a/b', 'a//b', '/', '%2e%2e', 'a\u0000b', '\ud800', '😀', 'ключ', '\u202e', 'x'.repeat(300)],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'],
  ...['QUJDŁUJD', 'QUJDRA=', 'QUJD====', 'QQ==QQ==', '=', 'QUJÿ', 'Q', 'QU JD', 'QUI', '-_-_', 'QUJD'],
  ...['partition:0/offset:1', 'partition:-1/offset:1', 'partition:0/offset:9007199254740993', '/a#', '#t', 'orders-0'],
  ...['0001-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '-271821-04-19T23:59:59Z', '2026-13-45T99:99:99Z', 'May 1'],
].map(value => () => value)

hostileValues.push(
  () => [],
  () => ({}),
  () => [null],
  () => [[]],
  () => [256, -129],
  () => [-128, 255],
  () => ({ toString: 5, valueOf: null }),
  () => JSON.parse('{"__proto__":{"polluted":true}}'),
  () => ({ message: null }),
  () => ({ low: -1, high: -1 }),
  () => ({ low: 0, high: 2 ** 30 }),
  () => ({ headers: [null] }),
  () => ({ hb: [1, 2, 3], offset: -5, position: 'x', limit: 1e9 }),
  () => Buffer.from('bytes'),
  () => nested(20),
  () => nested(20_000),
)
