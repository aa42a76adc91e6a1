import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { small } from '../support/store-objects.ts'

const file = new URL('../../functions/dump.ts', import.meta.url).pathname
const event = {
  eventSource: 'SelfManagedKafka',
  records: { 'orders-0': [{ topic: 'orders', partition: 0, offset: 7, timestamp: 0, value: '' }] },
}
const KEY = 'orders/partition=0/orders+0+0000000007-0000000007.json.gz'

const USER = 'someone@example.com'
const PASSWORD = 'p@ss:w/rd %é'

let proxy: ForwardProxy
let home: string
let dump: FunctionProcess | undefined

beforeAll(async () => {
  proxy = await startForwardProxy(USER, PASSWORD)
  home = await mkdtemp(join(tmpdir(), 'kafka-functions-home-'))
  await mkdir(join(home, '.aws'))
  const profile = '[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s\n'
  const lake = '[lake]\naws_access_key_id = LAKEKEY\naws_secret_access_key = s\n'
  await writeFile(join(home, '.aws', 'credentials'), profile + lake)
  await writeFile(join(home, 'aws.pem'), proxy.certificate)
})

afterAll(async () => {
  await proxy.close()
  await rm(home, { recursive: true, force: true })
})

beforeEach(() => void proxy.requests.splice(0))
afterEach(async () => {
  await dump?.stop()
  dump = undefined
})

function start(environment: Record<string, string>): FunctionProcess {
  dump = new FunctionProcess(file, {
    ...{ S3_PROXY_URL: proxy.url, S3_PROXY_USER: USER, S3_PROXY_PASSWORD: PASSWORD, FAILURE_POLICY: 'fail' },
    ...{ HOME: home, NODE_EXTRA_CA_CERTS: join(home, 'aws.pem'), AWS_EC2_METADATA_DISABLED: 'true' },
    ...environment,
  })
  return dump
}

test('a store without TLS is reached through the proxy', async () => {
  const bucket = uniqueName('proxied')
  const store = await openBucket({ ...stack.store, bucket })
  const { endpoint = '', credentials } = stack.store
  const function_ = start({
    ...{ S3_BUCKET: bucket, S3_ENDPOINT: endpoint },
    ...{ S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '', S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '' },
  })
  await expect(function_.invoke(event)).resolves.toEqual({})
  expect(await Array.fromAsync(store.list(''), ({ key }) => key)).toEqual([KEY])
  expect(proxy.requests).toMatchObject([{ method: 'PUT', target: expect.stringContaining(`${endpoint}/${bucket}/`) }])
})

const BUCKET = { S3_BUCKET: 'my-lake', S3_REGION: 'eu-central-1' }

test.each([
  ['AWS S3', {}, 'my-lake.s3.eu-central-1.amazonaws.com:443', '/orders/'],
  ['AWS S3 in path style', { S3_FORCE_PATH_STYLE: 'true' }, 's3.eu-central-1.amazonaws.com:443', '/my-lake/orders/'],
  ['Transfer Acceleration', { S3_ACCELERATE: 'true' }, 'my-lake.s3-accelerate.amazonaws.com:443', '/orders/'],
])('%s is reached through a tunnel of the proxy, with the profile’s credentials', async (_, options, target, path) => {
  const function_ = start({ ...BUCKET, ...options, S3_PROFILE: 'lake' })
  await expect(function_.invoke(event)).resolves.toEqual({})
  expect(proxy.requests).toEqual([
    expect.objectContaining({ target, method: 'PUT', url: expect.stringMatching(`^${path}`) }),
  ])
  expect(proxy.requests[0]?.headers).toMatchObject({
    host: target.replace(':443', ''),
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=LAKEKEY\/\d{8}\/eu-central-1\/s3\/aws4_request/),
  })
})

test.each([
  ['with TLS', {}],
  ['without TLS', { S3_ENDPOINT: stack.store.endpoint ?? '' }],
])('a wrong password of the proxy is said, and shown nowhere: a store %s', async (_, store) => {
  const function_ = start({ ...BUCKET, ...store, S3_PROFILE: 'lake', S3_PROXY_PASSWORD: 'wrong-s3cr3t' })
  const { error } = await function_.invoke(event)
  expect(error).toMatchObject({ name: 'STORE_ACCESS_DENIED', message: expect.stringContaining('407') })
  expect(await function_.stop()).not.toContain('s3cr3t')
})

// Policy log committed such a batch at its first try, as if the store had refused it for good.
test.each([503, 502, 504, 429, 'closed'] as const)(
  'a tunnel that the proxy doesn’t open for now (%s) is tried again',
  async refusal => {
    proxy.refusals.push(refusal, refusal)
    await expect(start({ ...BUCKET, S3_PROFILE: 'lake' }).invoke(event)).resolves.toEqual({})
    expect(proxy.refusals).toEqual([])
    expect(proxy.requests).toHaveLength(1)
  },
)

test('a tunnel that the proxy doesn’t open at all is an error that says so', async () => {
  proxy.refusals.push(403)
  const { error } = await start({ ...BUCKET, S3_PROFILE: 'lake' }).invoke(event)
  expect(error).toMatchObject({ name: 'STORE_ACCESS_DENIED', message: expect.stringContaining('403') })
  expect(proxy.refusals).toEqual([])
})

// The new password was never asked for, since only a store's refusal counted as one.
test('a password of the proxy that was replaced is read again', async () => {
  const urlOf = (password: string) =>
    `http://${encodeURIComponent(USER)}:${encodeURIComponent(password)}@${new URL(proxy.url).host}`
  const bucket = uniqueName('proxied')
  const direct = await openBucket({ ...stack.store, bucket })
  const settings = { ...stack.store, bucket, proxy: urlOf('old') }
  const renew = async () => ({ ...settings, proxy: urlOf(PASSWORD) })
  await createStore({ ...settings, renew }).put(small)
  expect(await direct.get(small.key)).toEqual(small.body)
})

test('a proxy that is away counts as a store that is away', async () => {
  const function_ = start({ ...BUCKET, S3_PROFILE: 'lake', S3_PROXY_URL: 'http://127.0.0.1:1' })
  const { error } = await function_.invoke(event, 2_000)
  expect(error?.name).toBe('STORE_UNAVAILABLE')
})
