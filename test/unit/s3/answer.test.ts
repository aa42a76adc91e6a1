import { setRetention } from '../../../lib/s3/lifecycle.ts'
import { createStore } from '../../../lib/s3/store.ts'
import {
  type Answer,
  type AnsweringServer,
  type ReceivedRequest,
  startAnsweringServer,
} from '../../support/answering-server.ts'
import { large, MEGABYTE, small } from '../../support/store-objects.ts'

let server: AnsweringServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

/** Opens a store at a server that answers like this. */
async function openAt(answer: (request: ReceivedRequest, index: number) => Answer, ifNoneMatch = false) {
  server = await startAnsweringServer(answer)
  const settings = { ...server.settings, partSize: 5 * MEGABYTE, ifNoneMatch }
  return { store: createStore(settings), settings, requests: server.requests }
}

const page = '<!DOCTYPE html><html><head><title>Console</title></head><body>Please log in</body></html>'

/** What answers 200 to everything, where a store was meant: such records counted as written, and were nowhere. */
const noStores: [string, Answer][] = [
  ['an empty 200', {}],
  ['a 204', { status: 204 }],
  ['a page of HTML', { headers: { 'content-type': 'text/html' }, body: page }],
  ['a page with an ETag, as frameworks add it', { headers: { etag: 'W/"51-x"' }, body: page }],
  ['JSON with an ETag', { headers: { etag: 'W/"2-x"' }, body: '{}' }],
  ['XML of something else', { body: '<status>ok</status>' }],
]

// MinIO's console answers a PUT with 200 (minio/minio 12580).
describe.each(noStores)('%s', (_, answer) => {
  test.each([
    ['an object', small, false],
    ['an object in parts', large, false],
    ['an object with S3_IF_NONE_MATCH', small, true],
    ['an object in parts with S3_IF_NONE_MATCH', large, true],
  ])('doesn’t count as the answer of a store that has written %s', async (_, object, ifNoneMatch) => {
    const { store, settings, requests } = await openAt(() => answer, ifNoneMatch)
    await expect(store.put(object)).rejects.toMatchObject({
      ...{ code: 'STORE_ANSWER_INVALID', retryable: true },
      message: expect.stringContaining(settings.endpoint as string),
    })
    // The first request and its repetition; nothing that would be meant for an upload that doesn't exist.
    expect(requests).toHaveLength(2)
    expect(new Set(requests).size).toBe(1)
  })

  test('is no empty listing, and no bucket without lifecycle rules whose rules may be replaced', async () => {
    const { store, settings, requests } = await openAt(() => answer)
    await expect(Array.fromAsync(store.list(''))).rejects.toMatchObject({ code: 'STORE_ANSWER_INVALID' })
    await expect(setRetention(settings, 'lake', 3)).rejects.toMatchObject({ code: 'STORE_ANSWER_INVALID' })
    expect(requests.filter(request => !request.startsWith('GET'))).toEqual([])
  })
})

test('HTML or JSON is no answer to a deletion, and nothing is', async () => {
  const { store } = await openAt((_, index) => [{ body: page }, { body: '{}' }, { status: 204 }][index] ?? {})
  await expect(store.delete('a')).rejects.toMatchObject({ code: 'STORE_ANSWER_INVALID' })
  await store.delete('a')
  await store.delete('a')
})

describe('an upload in parts', () => {
  const CREATED = '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>'
  const COMPLETED =
    '<?xml version="1.0"?>\n<CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>'

  /** A store, but for some answers. */
  const storeWith =
    (others: { create?: Answer; part?: Answer; complete?: Answer }) =>
    ({ method, url }: ReceivedRequest): Answer => {
      if (url.includes('?uploads')) return others.create ?? { body: CREATED }
      if (method === 'PUT') return others.part ?? { headers: { etag: '"e"' } }
      return method === 'POST' ? (others.complete ?? { body: COMPLETED }) : { status: 204 }
    }

  test('is done when each answer is a store’s', async () => {
    const { store, requests } = await openAt(storeWith({}))
    await store.put(large)
    expect(requests).toHaveLength(5)
  })

  // The first part became the object, and aborting the upload became the deletion of the object that was there before.
  test.each([
    ['nothing', {}],
    ['an empty UploadId', { body: CREATED.replace('u1', '') }],
    ['no UploadId', { body: '<InitiateMultipartUploadResult/>' }],
  ])('sends neither parts nor an abort after a creation that was answered with %s', async (_, create) => {
    const { store, requests } = await openAt(storeWith({ create }))
    await expect(store.put(large)).rejects.toMatchObject({ code: 'STORE_ANSWER_INVALID', retryable: true })
    expect(requests).toEqual([expect.stringMatching(/^POST .*\?uploads/), expect.stringMatching(/^POST .*\?uploads/)])
  })

  test('continues when the creation is answered at the second try', async () => {
    let created = 0
    const { store } = await openAt(request => {
      const isFirst = request.url.includes('?uploads') && created++ === 0
      return storeWith(isFirst ? { create: {} } : {})(request)
    })
    await store.put(large)
  })

  test.each<[string, { part?: Answer; complete?: Answer }, string]>([
    ['a part without ETag', { part: {} }, 'STORE_ANSWER_INVALID'],
    ['a completion without XML', { complete: {} }, 'STORE_ANSWER_INVALID'],
    ['a completion without ETag', { complete: { body: '<CompleteMultipartUploadResult/>' } }, 'STORE_ANSWER_INVALID'],
    ['a completion with HTML', { complete: { body: page } }, 'STORE_ANSWER_INVALID'],
    [
      'a completion that failed after its status, with a line break at the end',
      {
        complete: { body: '<?xml version="1.0"?>\n\n<Error><Code>InternalError</Code><Message>no</Message></Error>\n' },
      },
      'STORE_UNAVAILABLE',
    ],
    [
      'a completion that is denied after its status',
      { complete: { body: '<Error><Code>AccessDenied</Code><Message>no</Message></Error>' } },
      'STORE_ACCESS_DENIED',
    ],
  ])('isn’t done after %s', async (_, others, code) => {
    const { store, requests } = await openAt(storeWith(others))
    await expect(store.put(large)).rejects.toMatchObject({ code })
    expect(requests).toContainEqual(expect.stringMatching(/^DELETE .*uploadId=u1/))
  })
})

describe('an error', () => {
  // 50 MB took half a minute and 1.9 GB of memory, and would have become a header of the dead letter.
  test('is not read further than a store’s own errors go, and its message is cut', async () => {
    const message = 'x'.repeat(50 * MEGABYTE)
    const body = `<Error><Code>NoSuchBucket</Code><Message>${message}</Message></Error>`
    const { store } = await openAt(() => ({ status: 404, body }))
    const error = await store.put(small).catch(error => error)
    expect(error).toMatchObject({ code: 'STORE_BUCKET_MISSING', message: expect.stringContaining('xxx') })
    expect(error.message.length).toBeLessThan(1_000)
  })

  // The cause is part of the log line.
  test.each([600, 60_000])('of %d characters is cut in its cause, too', async length => {
    const body = `<Error><Code>AccessDenied</Code><Message>${'x'.repeat(length)}</Message><HostId>h</HostId></Error>`
    const { store } = await openAt(() => ({ status: 403, body }))
    const { code, cause } = await store.put(small).catch(error => error)
    expect([code, cause.message.length]).toEqual(['STORE_ACCESS_DENIED', 500])
  })

  test.each([
    ['HTML', page],
    ['text', 'Bad request'],
    ['JSON', '{"error":"no"}'],
    ['XML that ends early', '<Error><Code>'],
  ])('that is %s has the message of its status, and who answered', async (_, body) => {
    const { store, settings } = await openAt(() => ({ status: 400, body }))
    await expect(store.put(small)).rejects.toMatchObject({
      code: 'STORE_REJECTED',
      message: expect.stringMatching(new RegExp(`HTTP status 400 .*${RegExp.escape(settings.endpoint as string)}$`)),
    })
  })
})
