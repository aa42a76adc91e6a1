import { createStore } from '../../../lib/s3/store.ts'
import { type Answer, type AnsweringServer, startAnsweringServer } from '../../support/answering-server.ts'
import { large, MEGABYTE, small } from '../../support/store-objects.ts'

let server: AnsweringServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

const error = (status: number, code: string, headers: Record<string, string> = {}): Answer => ({
  ...{ status, headers },
  body: `<Error><Code>${code}</Code><Message>Said by the store.</Message></Error>`,
})
const written: Answer = { headers: { etag: '"e"' } }

/** Opens a store that gives these answers, the last of them from then on. */
async function openAt(...answers: Answer[]) {
  const signed: string[] = []
  server = await startAnsweringServer(({ headers }, index) => {
    signed.push(`${headers['x-amz-date']}`)
    return answers[index] ?? (answers.at(-1) as Answer)
  })
  return { store: createStore(server.settings), signed, requests: server.requests, settings: server.settings }
}

/** Of a header like `20260301T120000Z`. */
function timeOf(header: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(..)(..)T(..)(..)(..)Z$/.exec(header) ?? []
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

const rejection = (promise: Promise<unknown>) => promise.catch(error => error)

describe('a request whose time differs from the store’s clock', () => {
  // Such a request was refused for good: one that was on its way for 15 minutes, or one of several at once
  // (aws/aws-sdk-js-v3 8005). It has a right time when it is signed again.
  test.each([
    ['RequestTimeTooSkewed', {}],
    ['RequestTimeTooSkewed', { date: new Date().toUTCString() }],
    ['RequestTimeTooSkewed', { date: new Date(Date.now() + 100_000).toUTCString(), age: '100' }],
    ['RequestExpired', {}],
    ['RequestInTheFuture', {}],
  ])('is signed and sent again: %s %j', async (code, headers) => {
    const { store, requests } = await openAt(error(403, code, headers), written)
    await store.put(small)
    expect(requests).toHaveLength(2)
  })

  test('is signed with the store’s time, where that differs by more than the store allows', async () => {
    const hourAhead = new Date(Date.now() + 3_600_000)
    const { store, signed } = await openAt(
      error(403, 'RequestTimeTooSkewed', { date: hourAhead.toUTCString() }),
      written,
    )
    await store.put(small)
    const [first = 0, second = 0] = signed.map(timeOf)
    expect(second - first).toBeGreaterThan(3_500_000)
  })

  test('says what both clocks say when that lasts, and may be repeated with its batch', async () => {
    const date = 'Sun, 29 Nov 2020 10:00:00 GMT'
    const { store } = await openAt(error(403, 'RequestTimeTooSkewed', { date, age: '1' }))
    expect(await rejection(store.put(small))).toMatchObject({
      ...{ code: 'STORE_UNAVAILABLE', retryable: true },
      message: expect.stringMatching(`clock says ${date}, and this machine’s .* GMT: set the one that is wrong$`),
    })
  })
})

describe('a redirection', () => {
  test.each([302, 303, 307])('for this request is followed by a repetition: %d', async status => {
    const { store, requests } = await openAt(error(status, 'TemporaryRedirect'), written)
    await store.put(small)
    expect(requests).toHaveLength(2)
  })

  test('that lasts says where to, without the query, and which setting to change', async () => {
    const location = 'https://eu.example.com/lake/key?token=s3cr3t'
    const { store } = await openAt(error(307, 'TemporaryRedirect', { location }))
    expect(await rejection(store.put(small))).toMatchObject({
      ...{ code: 'STORE_UNAVAILABLE', retryable: true },
      message: expect.stringMatching(/redirects to https:\/\/eu.example.com: if that lasts, set S3_ENDPOINT to it$/),
    })
  })

  test('for good is said at once, with the bucket’s region', async () => {
    const { store, requests } = await openAt(error(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }))
    expect(await rejection(store.put(small))).toMatchObject({
      ...{ code: 'STORE_REJECTED', retryable: false },
      message: expect.stringMatching(/set S3_REGION to eu-west-1$/),
    })
    expect(requests).toHaveLength(1)
  })
})

describe('a store that lacks a checksum', () => {
  test.each([
    ['by its status', error(501, 'NotImplemented')],
    [
      'by its message',
      {
        ...error(400, 'InvalidArgument'),
        body: '<Error><Code>InvalidArgument</Code><Message>Unsupported header x-amz-checksum-crc32</Message></Error>',
      },
    ],
  ])('is said %s, with the setting that leaves it out', async (_, answer) => {
    const { store, requests, settings } = await openAt(answer)
    const message = expect.stringContaining('S3_CHECKSUM=none')
    expect(await rejection(store.put(small))).toMatchObject({ code: 'STORE_REJECTED', retryable: false, message })
    expect(requests).toHaveLength(1)
    const without = createStore({ ...settings, checksum: 'none' })
    expect(await rejection(without.put(small))).not.toMatchObject({ message })
  })
})

test('a body that was damaged on its way says nothing against checksums', async () => {
  const body =
    '<Error><Code>BadDigest</Code><Message>The CRC32 did not match the calculated checksum.</Message></Error>'
  const { store } = await openAt({ status: 400, body })
  expect(await rejection(store.put(small))).toMatchObject({
    ...{ code: 'STORE_UNAVAILABLE', retryable: true },
    message: expect.not.stringContaining('S3_CHECKSUM'),
  })
})

// Credentials come over the network on most platforms: an endpoint that is away for a moment isn't a refusal.
test('credentials that can’t be fetched for now are tried again', async () => {
  const { settings } = await openAt(written)
  const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const credentials = async () => {
    throw Object.assign(new Error('no credentials', { cause: away }), { name: 'CredentialsProviderError' })
  }
  const store = createStore({ ...settings, credentials: credentials as never })
  expect(await rejection(store.put(small))).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true })
})

test('a part that is signed too late is repeated, not its whole object', async () => {
  let late = true
  server = await startAnsweringServer(({ method, url }) => {
    if (url.includes('?uploads')) return { body: '<R><UploadId>u1</UploadId></R>' }
    if (method === 'POST') return { body: '<R><ETag>e</ETag></R>' }
    if (!url.includes('partNumber=2') || !late) return written
    late = false
    return error(403, 'RequestTimeTooSkewed')
  })
  await createStore({ ...server.settings, partSize: 5 * MEGABYTE }).put(large)
  expect(server.requests).toHaveLength(6)
})
