import { createCommitStore } from '../../../lib/s3/commit-store.ts'
import { checkCreateOnce } from '../../../lib/s3/create-once.ts'
import type { CreateOnce, StoreSettings } from '../../../lib/s3/settings.ts'
import { type OssServer, startOssServer } from '../../support/oss-server.ts'

const entry = {
  key: 'lake/_commits/orders/0/1.plan',
  body: Buffer.from('mine'),
  contentType: 'text/plain',
  metadata: {},
}
const MEGABYTE = 1024 ** 2

let server: OssServer
const open = (more: Partial<StoreSettings> = {}) => createCommitStore({ ...server.settings, ...more }, 'lake')
const sent = (method: string) => server.requests.filter(request => request.startsWith(method))

beforeEach(async () => {
  server = await startOssServer()
})
afterEach(() => server.close())

/** Answers the first request that `matches` with 503 after it was carried out, as if its answer was lost. */
function loseAnswer(matches: (request: { method: string; url: string }) => boolean) {
  let isLost = false
  server.traits.after = request => {
    if (isLost || !matches(request)) return undefined
    isLost = true
    return { status: 503 }
  }
}

describe('a store that refuses If-None-Match and has x-oss-forbid-overwrite', () => {
  test('creates each object once, without being told how', async () => {
    const store = open()
    expect(await store.create(entry)).toBe(true)
    expect(await store.create({ ...entry, body: Buffer.from('another’s') })).toBe(false)
    expect([...server.objects]).toEqual([[entry.key, entry.body]])
  })

  test('is asked for its way once, and nothing of the question is left', async () => {
    const store = open()
    await store.create(entry)
    await store.create({ ...entry, key: 'other' })
    expect(sent('PUT /lake/lake/_commits/_probe-')).toHaveLength(3)
    expect([...server.objects.keys()]).toEqual([entry.key, 'other'])
  })

  test('isn’t asked when S3_CREATE_ONCE says it', async () => {
    await open({ createOnce: 'x-oss-forbid-overwrite' }).create(entry)
    expect(server.requests).toHaveLength(1)
  })

  test('keeps an object that was written in parts by another writer in the meantime', async () => {
    const store = open({ createOnce: 'x-oss-forbid-overwrite', partSize: 5 * MEGABYTE })
    const [first, second] = [store.open(entry), store.open(entry)]
    for (const writer of [first, second]) await writer.write(Buffer.alloc(6 * MEGABYTE, 1))
    // The second one sees no object when it looks before it completes its upload.
    server.traits.before = ({ method }) => (method === 'HEAD' ? { status: 404 } : undefined)
    expect(await first.close()).toMatchObject({ size: 6 * MEGABYTE })
    server.traits.before = ({ method }) =>
      method === 'HEAD' && sent('POST').filter(post => post.includes('uploadId')).length === 1
        ? { status: 404 }
        : undefined
    expect(await second.close()).toBeUndefined()
    expect(sent('POST').filter(post => post.includes('uploadId'))).toHaveLength(2)
    expect(server.uploads.size).toBe(0)
  })
})

test('a store without a way to create objects once is refused, and told what to set', async () => {
  server.traits.versioning = true
  const failure = open().create(entry)
  await expect(failure).rejects.toMatchObject({ code: 'STORE_CREATE_ONCE_MISSING', retryable: false })
  await expect(failure).rejects.toThrow('S3_CREATE_ONCE=single-writer')
  expect([...server.objects]).toEqual([])
})

test('secrets that have expired say nothing about the store', async () => {
  server.traits.before = ({ headers }) =>
    String(headers.authorization).includes('Credential=expired/')
      ? { status: 400, body: '<Error><Code>ExpiredToken</Code><Message>expired</Message></Error>' }
      : undefined
  const credentials = { accessKeyId: 'expired', secretAccessKey: 'secret' }
  const store = open({ credentials, renew: async () => server.settings })
  expect(await store.create(entry)).toBe(true)
})

test('a single writer looks before it writes', async () => {
  server.traits.versioning = true
  const store = open({ createOnce: 'single-writer' })
  expect(await store.create(entry)).toBe(true)
  expect(await store.create({ ...entry, body: Buffer.from('again') })).toBe(false)
  expect(server.objects.get(entry.key)).toEqual(entry.body)
})

describe('when the answer to the creation is lost', () => {
  test('the object counts as created by the call that wrote it', async () => {
    loseAnswer(({ method }) => method === 'PUT')
    expect(await open({ createOnce: 'x-oss-forbid-overwrite' }).create(entry)).toBe(true)
    expect(sent('PUT')).toHaveLength(2)
  })

  test('an object of another writer is not taken for its own', async () => {
    server.traits.before = ({ method }) => {
      if (method !== 'PUT' || server.objects.size > 0) return undefined
      server.objects.set(entry.key, Buffer.from('another’s'))
      return { status: 503 }
    }
    expect(await open({ createOnce: 'x-oss-forbid-overwrite' }).create(entry)).toBe(false)
    expect(server.objects.get(entry.key)?.toString()).toBe('another’s')
  })

  test('of an object in parts, it is said to exist, so that its writer looks at it', async () => {
    loseAnswer(({ method, url }) => method === 'POST' && url.includes('uploadId'))
    const store = open({ createOnce: 'x-oss-forbid-overwrite', partSize: 5 * MEGABYTE })
    const writer = store.open(entry)
    await writer.write(Buffer.alloc(6 * MEGABYTE, 1))
    expect(await writer.close()).toBeUndefined()
    expect(server.objects.get(entry.key)).toHaveLength(6 * MEGABYTE)
  })
})

test('a creation that meets another one in progress is sent again', async () => {
  let conflicts = 0
  server.traits.before = ({ method }) =>
    method === 'PUT' && conflicts++ === 0
      ? { status: 409, body: '<Error><Code>ConditionalRequestConflict</Code><Message>in progress</Message></Error>' }
      : undefined
  expect(await open({ createOnce: 'x-oss-forbid-overwrite' }).create(entry)).toBe(true)
})

test('objects are deleted one by one where a store can’t delete several', async () => {
  const keys = ['a', 'b', 'c']
  for (const deletesMany of [true, false]) {
    server.traits.deletesMany = deletesMany
    for (const key of keys) server.objects.set(key, entry.body)
    await open().delete(keys)
    expect([...server.objects]).toEqual([])
  }
  expect(sent('POST')).toHaveLength(2)
  expect(sent('DELETE')).toHaveLength(3)
})

describe('the check says', () => {
  const check = (createOnce?: CreateOnce) => checkCreateOnce({ ...server.settings, createOnce }, 'lake/.check/')

  test('what the store obeys, and leaves nothing behind', async () => {
    expect(await check()).toBe('x-oss-forbid-overwrite is obeyed')
    expect(await check('x-oss-forbid-overwrite')).toBe('x-oss-forbid-overwrite is obeyed, as S3_CREATE_ONCE says')
    expect(sent('PUT').every(request => request.startsWith('PUT /lake/lake/.check/_probe-'))).toBe(true)
    expect([...server.objects]).toEqual([])
  })

  test('that the settings name another way than the store has', async () => {
    await expect(check('if-none-match')).rejects.toMatchObject({ code: 'STORE_CREATE_ONCE_MISSING' })
    server.traits.versioning = true
    await expect(check('x-oss-forbid-overwrite')).rejects.toMatchObject({ code: 'STORE_CREATE_ONCE_MISSING' })
    await expect(check()).rejects.toMatchObject({ code: 'STORE_CREATE_ONCE_MISSING' })
    expect([...server.objects]).toEqual([])
  })

  test('that a single writer was declared, without asking the store', async () => {
    expect(await check('single-writer')).toMatch(/^single-writer, as S3_CREATE_ONCE says/)
    expect(server.requests).toEqual([])
  })
})
