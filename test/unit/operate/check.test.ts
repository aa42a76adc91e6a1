import { CodedError } from '../../../lib/error.ts'
import { checkConnector } from '../../../lib/operate/check.ts'
import { createStore } from '../../../lib/s3/store.ts'
import { type AnsweringServer, type ReceivedRequest, startAnsweringServer } from '../../support/answering-server.ts'

let server: AnsweringServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

/** What the check says of the bucket, a line per step. */
async function bucketLines(
  answer: Parameters<typeof startAnsweringServer>[0],
  more: { createOnce?: () => Promise<string>; forgotten?: () => Promise<string | undefined> } = {},
): Promise<string[]> {
  server = await startAnsweringServer(answer)
  const results = await checkConnector({
    openSource: async () => {
      throw new CodedError('CONFIG_INVALID', 'no source')
    },
    topics: [],
    groupOf: topic => topic,
    deadLetters: [],
    isExcluded: () => false,
    obstacleTo: () => undefined,
    store: { store: createStore(server.settings), probeKey: 'lake/.check/orders', ...more },
  })
  return results
    .filter(({ check }) => check.startsWith('bucket'))
    .map(({ check, ok, detail, errorCode }) => `${ok ? 'ok' : errorCode}  ${check}: ${detail}`)
}

const written = { headers: { etag: '"e"' } }
const missing = { status: 404, body: '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>' }
const denied = { status: 403, body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' }

/** A store that keeps one object, if it keeps any. */
function keeping({ keeps = true, deletes = true, reading = {} } = {}) {
  let kept: Buffer | undefined
  return ({ method, body }: ReceivedRequest) => {
    if (method === 'PUT') {
      kept = keeps ? body : undefined
      return written
    }
    if (method === 'DELETE') {
      if (deletes) kept = undefined
      return { status: 204 }
    }
    return { ...(kept ? { ...written, body: kept } : missing), ...reading }
  }
}

// `check` called a bucket writable whose server answers 200 to everything.
test.each<[string, Parameters<typeof bucketLines>[0], string[]]>([
  [
    'keeps and deletes',
    keeping(),
    [
      'ok  bucket write: lake/.check/orders',
      'ok  bucket read: lake/.check/orders',
      'ok  bucket delete: lake/.check/orders',
    ],
  ],
  ['answers 200 to everything', () => ({ body: '<html></html>' }), ['STORE_ANSWER_INVALID  bucket write: *']],
  [
    'keeps nothing',
    keeping({ keeps: false }),
    [
      'ok  bucket write: lake/.check/orders',
      'STORE_ANSWER_INVALID  bucket read: lake/.check/orders was written, but reading it gives nothing',
      'ok  bucket delete: lake/.check/orders',
    ],
  ],
  [
    'gives other bytes back',
    keeping({ reading: { body: 'index.html' } }),
    [
      'ok  bucket write: lake/.check/orders',
      'STORE_ANSWER_INVALID  bucket read: lake/.check/orders was written, but reading it gives other bytes',
      'ok  bucket delete: lake/.check/orders',
    ],
  ],
  [
    'deletes nothing',
    keeping({ deletes: false }),
    [
      'ok  bucket write: lake/.check/orders',
      'ok  bucket read: lake/.check/orders',
      'STORE_ANSWER_INVALID  bucket delete: lake/.check/orders was deleted, but can still be read',
    ],
  ],
  [
    'allows no reading, which a connector doesn’t need',
    keeping({ reading: denied }),
    [
      'ok  bucket write: lake/.check/orders',
      'ok  bucket read: not allowed, so what was written was not compared',
      'ok  bucket delete: lake/.check/orders',
    ],
  ],
])('a bucket at a server that %s', async (_, answer, expected) => {
  const pattern = (line: string) => expect.stringMatching(new RegExp(`^${RegExp.escape(line).replace('\\*', '.*')}$`))
  expect(await bucketLines(answer)).toEqual(expected.map(pattern))
})

test('where objects are compacted, the check says how they are created once', async () => {
  const lines = await bucketLines(keeping(), { createOnce: async () => 'if-none-match is obeyed' })
  expect(lines.at(-1)).toBe('ok  bucket create once: if-none-match is obeyed')
  await server?.close()
  const refusal = new CodedError('STORE_CREATE_ONCE_MISSING', 'set S3_CREATE_ONCE')
  const refused = await bucketLines(keeping(), { createOnce: () => Promise.reject(refusal) })
  expect(refused.at(-1)).toBe('STORE_CREATE_ONCE_MISSING  bucket create once: set S3_CREATE_ONCE')
})

test('what is staged although rotation was taken away is a fault; where that can’t be seen, nothing is said', async () => {
  const key = 'lake/_staging/orders/0/a'
  const lines = await bucketLines(keeping(), { forgotten: async () => key })
  expect(lines.at(-1)).toMatch(
    /^CONFIG_INVALID {2}bucket staged: .*_staging\/orders\/0\/a waits for compaction.*rotate: \{\}/,
  )
  for (const forgotten of [async () => undefined, () => Promise.reject(new CodedError('STORE_ACCESS_DENIED', 'no'))]) {
    await server?.close()
    expect((await bucketLines(keeping(), { forgotten })).at(-1)).toBe('ok  bucket delete: lake/.check/orders')
  }
})
