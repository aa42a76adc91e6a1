import { createDeployment } from '../../../lib/connectors/commands/deployment.ts'
import { type Console, startConsole } from '../../../lib/console/console.ts'
import { dump, read, SERVICE } from '../../support/connectors.ts'
import { ConsoleClient } from '../../support/console-client.ts'

let shown: Console
let client: ConsoleClient

beforeEach(async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  // Nothing answers there.
  const config = { endpoint: 'http://127.0.0.1:1', region: 'eu-central-1', credentials, maxAttempts: 1 }
  const connectors = read({ flow: dump() })
  shown = await startConsole({ connectors, deployment: createDeployment(SERVICE, config, { isLocal: false }) })
  client = new ConsoleClient(shown.url)
})

afterEach(() => shown.close())

test('the printed address lets a browser in once, and no address has the token from then on', async () => {
  const entered = await client.enter()
  expect(entered).toMatchObject({ status: 303, headers: { location: '/' } })
  expect(entered.headers['set-cookie']).toEqual([expect.stringMatching(/; Path=\/; HttpOnly; SameSite=Strict$/)])
  const page = await client.send('/')
  expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<div id="app">') })
  expect(page.body + entered.headers.location).not.toContain(new URL(shown.url).searchParams.get('token'))
})

test('the page may load nothing from elsewhere, and be in no frame', async () => {
  await client.enter()
  const { headers } = await client.send('/')
  const policy = headers['content-security-policy'] as string
  expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' })
})

test.each([
  ['no token', '/', {}],
  ['a wrong token', '/?token=AAAA', {}],
  ['a token that is a cookie', '/api/ask/service', { cookie: 'token=AAAA' }],
  ['no cookie, for a file', '/page/main.ts', {}],
  ['no cookie, for events', '/api/watch?watched=[]', {}],
])('%s: nobody is let in', async (_, path, headers) => {
  expect(await client.send(path, { headers })).toMatchObject({ status: 401 })
})

test('the token lets in at the first page only, and a cookie of another console doesn’t', async () => {
  const token = new URL(shown.url).search
  expect(await client.send(`/api/ask/service${token}`)).toMatchObject({ status: 401 })
  await client.enter()
  const [name, value] = client.cookie.split('=')
  const port = Number(new URL(shown.url).port)
  expect(name).toContain(String(port))
  client.cookie = `${name?.replace(String(port), String(port + 1))}=${value}`
  expect(await client.ask('service')).toMatchObject({ status: 401 })
})

const POST = { method: 'POST' }

test.each<[string, object, Record<string, string>]>([
  ['another Host, such as a name that is made to resolve to this machine', {}, { host: 'evil.example' }],
  ['the port of another program', {}, { host: '127.0.0.1:80' }],
  ['another origin', {}, { origin: 'https://evil.example' }],
  ['the origin of another port', {}, { origin: 'http://127.0.0.1:80' }],
  ['the origin of a file', {}, { origin: 'null' }],
  ['an act without an origin', POST, {}],
  ['an act from another origin', POST, { origin: 'http://localhost:1' }],
  ['a script or picture of another site', {}, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a request of another port', {}, { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' }],
])('%s is refused, with the cookie, too', async (_, options, headers) => {
  await client.enter()
  const path = options === POST ? '/api/acts/pause' : '/api/ask/service'
  expect(await client.send(path, { ...options, headers }, options === POST ? '{}' : undefined)).toMatchObject({
    status: 403,
  })
})

test.each([
  '/page/../access.ts',
  '/page/%2e%2e/access.ts',
  '/page/..%2faccess.ts',
  '/page/..%5caccess.ts',
  '/page/screens/../../access.ts',
  '/page//etc/passwd',
  '/page/%2fetc%2fpasswd',
  '/page/tsconfig.json',
  '/page/vendor/constructor',
  '/page/constructor',
  '/page/main.js%00.css',
  '/lib/console/access.ts',
])('%s is no file of the page', async path => {
  await client.enter()
  expect(await client.send(path)).toMatchObject({ status: 404, body: expect.not.stringContaining('createHash') })
})

test.each(['unknown', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  '%s is no question and no act',
  async name => {
    await client.enter()
    expect(await client.ask(name)).toMatchObject({ status: 400, body: expect.stringContaining('no question') })
    expect(await client.act(name, {})).toMatchObject({ status: 400, body: expect.stringContaining('no act') })
  },
)

test.each<[string, unknown]>([
  ['an unknown key', { name: 'flow', more: 1 }],
  ['another type', { name: 1 }],
  ['no arguments', null],
  ['a prototype', JSON.parse('{"__proto__": {"name": "flow"}}')],
])('arguments with %s are refused, and not repeated', async (_, args) => {
  await client.enter()
  const answer = await client.ask('describe', args)
  expect(answer.status).toBe(400)
  expect(JSON.parse(answer.body)).toMatchObject({ schema: 1, error: { message: expect.any(String) } })
})

test('a body that is no JSON, or too large, is refused', async () => {
  await client.enter()
  const headers = { origin: client.origin }
  expect(await client.send('/api/acts/check', { ...POST, headers }, '{')).toMatchObject({ status: 400 })
  const large = JSON.stringify({ args: { name: 'x'.repeat(3 * 1024 * 1024) } })
  expect(await client.send('/api/acts/check', { ...POST, headers }, large)).toMatchObject({ status: 413 })
})

test('what is destructive begins only with the name that it asks for', async () => {
  await client.enter()
  for (const confirmed of [undefined, '', 'other']) {
    expect(await client.act('pause', { name: 'flow' }, confirmed)).toMatchObject({
      status: 400,
      body: expect.stringContaining('type the name flow'),
    })
  }
  expect(JSON.parse((await client.ask('service')).body)).toMatchObject({ connectors: [{ name: 'flow' }] })
  expect(await client.act('pause', { name: 'flow' }, 'flow')).toMatchObject({ status: 200 })
})

test('a question that can’t be answered says why, and answers are in no cache', async () => {
  await client.enter()
  const answer = await client.ask('describe', { name: 'none' })
  expect(answer).toMatchObject({ status: 400, headers: { 'cache-control': 'no-store' } })
  expect(answer.body).toContain('There is no connector none')
})
