import { CodedError } from '../../../lib/error.ts'
import { KnownSchemas } from '../../../lib/values/known-schemas.ts'

let now: number
let requests: string[]
let registered: Set<string>
let known: KnownSchemas<string>

beforeEach(() => {
  now = 0
  requests = []
  registered = new Set()
  known = new KnownSchemas(
    async schemaId => {
      requests.push(schemaId)
      if (registered.has(schemaId)) return schemaId
      throw new CodedError('SCHEMA_UNKNOWN', 'nothing there')
    },
    () => now,
  )
})

/** Whether an unknown schema is waited for. */
const isAwaited = (schemaId: string) =>
  known.get(schemaId).then(
    () => 'known',
    ({ retryable }: CodedError) => retryable,
  )

// Each invocation asked twice for each id that bytes other than values happened to name.
test('a schema that stays unknown is waited for once, and then asked for every five seconds', async () => {
  for (now = 0; now <= 3_000; now += 1_000) expect(await isAwaited('1')).toBe(now < 3_000)
  expect(requests).toHaveLength(4)
  for (; now < 8_000; now += 1_000) expect(await isAwaited('1')).toBe(false)
  expect(requests).toHaveLength(4)
  expect(await isAwaited('1')).toBe(false)
  expect(requests).toHaveLength(5)
})

test('a schema that is registered later is noticed within five seconds', async () => {
  await isAwaited('1')
  now = 3_000
  await isAwaited('1')
  registered.add('1')
  now = 8_000
  expect(await isAwaited('1')).toBe('known')
})

test('no more than 50 are waited for within a minute, and the others are asked for less often', async () => {
  const answers = () => Promise.all(Array.from({ length: 200 }, (_, id) => isAwaited(String(id))))
  expect((await answers()).filter(answer => answer)).toHaveLength(50)
  for (now = 1_000; now < 8_000; now += 1_000) await answers()
  expect(requests.filter(id => id === '0')).toHaveLength(4)
  expect(requests.filter(id => id === '199')).toHaveLength(2)
  expect(await isAwaited('another')).toBe(false)
  now = 60_000
  expect(await isAwaited('a later one')).toBe(true)
})

// All were forgotten at once, also the good ones and since when others were unknown: those were waited for again and again.
test('beyond 10,000 the oldest are forgotten, and no others', async () => {
  registered.add('good')
  await isAwaited('0')
  await isAwaited('good')
  for (let id = 1; id < 9_999; id++) await isAwaited(String(id))
  requests = []
  await isAwaited('new')
  await isAwaited('good')
  await isAwaited('9998')
  expect(requests).toEqual(['new'])
  now = 3_000
  expect(await isAwaited('1')).toBe(false)
})
