import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { ObjectStore } from '../../lib/s3/store.ts'
import { openBucket } from '../../local/bucket.ts'
import { storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { lintTemplate } from '../support/lint-template.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { createOwnProject, type OwnProject, type RunningService } from '../support/own-project.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'

/** As a new user would do it: nothing of this project is there but the package. One installation serves two services. */
const PATIENCE_MS = 600_000
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf'

let project: OwnProject
let moto: Moto
let bucket: ObjectStore
let topics: { js: string; ts: string }
let place: Record<string, string>

/** A connector as it is in production; on a laptop its cluster and store are replaced. */
const connector = (topic: string) => ({
  type: 'dump',
  source: { bootstrapServers: ['kafka.internal:9096'], topics: [topic], auth: { scram512: SECRET } },
  batch: { windowSeconds: 0 },
  to: { bucket: uniqueName('lake'), createBucket: true },
})

/** An ES module service in YAML, with nothing but what every service needs. */
const js = (topic: string) => ({
  'package.json': '{ "name": "lake", "private": true, "type": "module" }',
  'serverless.yml': [
    'service: lake',
    'provider: { name: aws, region: eu-central-1 }',
    'plugins: [kafka-functions/connectors, serverless-offline]',
    'connectors:',
    `  orders-to-lake: ${JSON.stringify(connector(topic))}`,
  ].join('\n'),
})

/** A CommonJS service in TypeScript with a function and a bundler of its own, and the plugins in the order that nobody advises. */
const ts = (topic: string) => ({
  'package.json': '{ "name": "shop", "private": true }',
  'serverless.ts': `module.exports = ${JSON.stringify({
    service: 'shop',
    provider: {
      name: 'aws',
      region: 'eu-central-1',
      runtime: 'nodejs22.x',
      architecture: 'x86_64',
      environment: { GREETING: 'hello' },
    },
    plugins: ['serverless-esbuild', 'serverless-offline', 'kafka-functions/connectors'],
    custom: { esbuild: { minify: true }, connectors: { orders: connector(topic) } },
    functions: { greet: { handler: 'src/greet.handler' } },
  })} satisfies object`,
  'src/greet.ts':
    "export const handler = async (event: { name: string }): Promise<string> => [process.env.GREETING, event.name].join(' ')",
})

beforeAll(async () => {
  const settings = { ...stack.store, bucket: uniqueName('own-project'), forcePathStyle: true }
  const started = await Promise.all([
    createOwnProject(),
    startMoto(),
    openBucket(settings),
    createTopic('own-js'),
    createTopic('own-ts'),
  ])
  ;[project, moto, bucket] = started
  topics = { js: started[3], ts: started[4] }
  place = { ...storeEnvironment(settings), KAFKA_BROKERS: stack.connections.plaintext.brokers.join() }
  await project.write('js', js(topics.js))
  await project.write('ts', ts(topics.ts))
}, PATIENCE_MS)

afterAll(async () => {
  await Promise.all([project?.remove(), moto?.stop()])
})

async function packaged(service: string) {
  const folder = await project.write(service, {})
  await project.serverless(service, ['package'])
  const file = join(folder, '.serverless/cloudformation-template-update-stack.json')
  const { Resources } = JSON.parse(await readFile(file, 'utf8'))
  const functions = Object.values(Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>)
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties: { Handler, Runtime, Architectures } }) => `${Handler} ${Runtime} ${Architectures}`)
  return { folder, functions, lint: await lintTemplate(file) }
}

/** The keys of a topic's objects, once there are some. Fails with what the service printed if it fails or ends before. */
async function dumped(topic: string, { until }: RunningService): Promise<string[]> {
  await produce(stack.connections.plaintext, topic, orders(1))
  const failed = until('Unhandled').then(lines => Promise.reject(new Error(lines.join('\n'))))
  for (;;) {
    const objects = await Array.fromAsync(bucket.list(`${topic}/`))
    if (objects.length > 0) return objects.map(({ key }) => key)
    await Promise.race([failed, sleep(100)])
  }
}

async function offline(service: string) {
  const [httpPort, lambdaPort] = await freePorts(2)
  const environment = { ...place, OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}` }
  const running = project.offline(service, environment)
  await running.until('Kafka  ')
  const invoke = async (name: string, event: object) => {
    const path = `/2015-03-31/functions/${name}/invocations`
    const answer = await fetch(`http://localhost:${lambdaPort}${path}`, { method: 'POST', body: JSON.stringify(event) })
    return answer.json()
  }
  return { running, environment, invoke }
}

test(
  'a JavaScript service is packaged, and its template is faultless',
  async () => {
    const { functions, lint } = await packaged('js')
    expect(lint).toBe('')
    expect(functions.toSorted()).toEqual([
      'functions/check.handler nodejs24.x arm64',
      'functions/dump.handler nodejs24.x arm64',
    ])
  },
  PATIENCE_MS,
)

test(
  'a TypeScript service keeps its bundler, runtime and architecture for its own function',
  async () => {
    const { functions, lint } = await packaged('ts')
    expect(lint).toBe('')
    expect(functions.toSorted()).toEqual([
      'functions/check.handler nodejs24.x x86_64',
      'functions/dump.handler nodejs24.x x86_64',
      'src/greet.handler nodejs22.x x86_64',
    ])
  },
  PATIENCE_MS,
)

test(
  'a deployment has the package’s code',
  async () => {
    const folder = await project.write('js', {})
    await project.serverless('js', ['package', '--package', 'made'])
    await project.serverless('js', ['deploy', '--package', 'made'], moto.environment)
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    using lambda = Object.assign(new LambdaClient({ endpoint: moto.endpoint, region: 'eu-central-1', credentials }), {
      [Symbol.dispose]() {
        lambda.destroy()
      },
    })
    const { Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'lake-dev-orders-to-lake' }))
    const archive = await readFile(join(folder, 'made/kafka-functions-dump.zip'))
    expect(Configuration?.CodeSha256).toBe(createHash('sha256').update(archive).digest('base64'))
  },
  PATIENCE_MS,
)

test(
  'a record arrives in the bucket on a laptop, and commands look after the connector',
  async () => {
    const { running, environment } = await offline('js')
    try {
      await expect(dumped(topics.js, running)).resolves.toEqual([expect.stringContaining(`${topics.js}+0+0000000000`)])
      const check = await project.serverless('js', ['connectors', 'check', '--local'], environment)
      expect(check).toContain('Connectivity check passed.')
      const list = await project.serverless('js', ['connectors', 'list', '--local'], environment)
      expect(list).toContain('orders-to-lake')
      expect((await running.until('')).join('\n')).not.toMatch(/Warning: /)
    } finally {
      await running.stop()
    }
  },
  PATIENCE_MS,
)

test(
  'a CommonJS service runs its own function beside the connector’s',
  async () => {
    const { running, invoke } = await offline('ts')
    try {
      await expect(dumped(topics.ts, running)).resolves.toHaveLength(1)
      await expect(invoke('shop-dev-greet', { name: 'world' })).resolves.toBe('hello world')
    } finally {
      await running.stop()
    }
  },
  PATIENCE_MS,
)
