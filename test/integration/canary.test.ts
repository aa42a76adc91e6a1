import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import pMap from 'p-map'
import type { CommandName } from '../../lib/connectors/commands/definition.ts'
import { createDeployment } from '../../lib/connectors/commands/index.ts'
import { readConnectors } from '../../lib/connectors/reader.ts'
import { perform } from '../../lib/connectors/run-command.ts'
import { startConsole } from '../../lib/console/console.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { serverless } from '../../local/framework.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { type Canary, findCanaries, type Searched } from '../support/canary.ts'
import { all, type CanaryWorld, contents, payload, secrets, startCanaryWorld } from '../support/canary-world.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { commandContext } from '../support/connectors.ts'
import { ConsoleClient } from '../support/console-client.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { configOf } from '../support/moto-function.ts'
import { until } from '../support/offline-polling.ts'
import { pythonTools } from '../support/python-tools.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { createServiceFolder, type ServiceFolder } from '../support/service-folder.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'
import { objectsIn } from '../support/written.ts'

const { plaintext, saslPlaintextScram256: login, ssl } = stack.connections

const [topic, failed] = [uniqueName('canary'), uniqueName('canary-failed')]

let world: CanaryWorld
let registry: TestRegistry
let registryUrl: string
const closing = new AsyncDisposableStack()

beforeAll(async () => {
  registry = new TestRegistry()
  ;[world, registryUrl] = await Promise.all([startCanaryWorld(), registry.start()])
  closing.defer(() => world.stop())
  closing.defer(() => registry.stop())
  registry.authorization = `Basic ${Buffer.from(`reader:${secrets.registryPassword.text}`).toString('base64')}`
  await createTopics(plaintext, { [topic]: 1 })
})

afterAll(() => closing.disposeAsync())

/** A login by reference, in place of user name and password. */
function loginBy(role: 'SOURCE' | 'TARGET', arn: string): Record<string, string> {
  const {
    [`${role}_KAFKA_USERNAME`]: _user,
    [`${role}_KAFKA_PASSWORD`]: _password,
    ...environment
  } = clusterEnvironment(role, {
    ...login,
    sasl: { mechanism: 'SCRAM-SHA-512', username: '', password: '' },
  })
  return {
    ...environment,
    [`${role}_KAFKA_USERNAME_SECRET_ARN`]: `${arn}#username`,
    [`${role}_KAFKA_PASSWORD_SECRET_ARN`]: `${arn}#password`,
  }
}

function certificateBy(arn: string): Record<string, string> {
  return {
    ...clusterEnvironment('TARGET', ssl),
    TARGET_KAFKA_CERT_SECRET_ARN: `${arn}#certificate`,
    TARGET_KAFKA_KEY_SECRET_ARN: `${arn}#privateKey`,
    TARGET_KAFKA_KEY_PASSWORD_SECRET_ARN: `${arn}#privateKeyPassword`,
  }
}

const store = () => ({
  ...{ S3_BUCKET: world.bucket, S3_REGION: 'eu-central-1', S3_ENDPOINT: world.moto.endpoint },
  ...{
    S3_ACCESS_KEY_ID_SECRET_ARN: `${world.places.store}#id`,
    S3_SECRET_ACCESS_KEY_SECRET_ARN: `${world.places.store}#secret`,
  },
})

const values = (password: Canary) => ({
  ...{ VALUE_FORMAT: 'avro', SCHEMA_REGISTRY_URL: registryUrl, SCHEMA_REGISTRY_USERNAME: 'reader' },
  SCHEMA_REGISTRY_PASSWORD: password.text,
})

const failing = { FAILURE_POLICY: 'log', ABNORMAL_DATA_TOPIC: failed, DEAD_LETTER_TOPIC: failed }

const base64 = (text: string) => Buffer.from(text).toString('base64')
const bytesOf = (text: string) => [...Buffer.from(text)]

/** A record that can be delivered, and one that can't be decoded, both full of canaries. */
function event(first: Buffer) {
  const record = {
    topic,
    partition: 0,
    timestamp: 1,
    key: base64(payload.key.text),
    headers: [{ own: bytesOf(payload.header.text) }],
  }
  const [good, bad] = [first, Buffer.from(payload.value.text)]
  return {
    eventSource: 'aws:kafka',
    records: {
      [`${topic}-0`]: [
        { ...record, offset: 0, value: good.toString('base64') },
        { ...record, offset: 1, value: bad.toString('base64') },
        { ...record, offset: 2, value: '*' },
      ],
    },
  }
}

/** A value in Confluent's format with a schema of the registry. */
function avroValue(text: string): Buffer {
  const id = registry.register(`${topic}-value`, { schema: '"string"' })
  return Buffer.concat([Buffer.from([0, 0, 0, 0, id]), Buffer.from([text.length * 2]), Buffer.from(text)])
}

/** Of which a failing function uses all. */
const INVOCATION_MS = 10_000

/** Processes that start beside each other. */
const AT_ONCE = 4

/** Calls a function with the records, and gives everything that came out of it. */
async function ran(
  place: string,
  name: string,
  environment: Record<string, string>,
  given: unknown,
): Promise<Searched[]> {
  const function_ = new FunctionProcess(functionFile(name), { ...world.identity, ...environment })
  const outcome = await function_.invoke(given, INVOCATION_MS)
  return [
    { place: `${place}: its answer`, content: JSON.stringify(outcome) },
    { place: `${place}: its output`, content: await function_.stop() },
  ]
}

/** A run of a function: what it is about, the function, and its variables. */
type Run = [place: string, name: string, environment: Record<string, string>]

/**
 * Functions that work, and functions of which one thing is wrong.
 *
 * @param closed a port at which nothing listens
 */
function runs(closed: number): Run[] {
  const { places } = world
  const source = loginBy('SOURCE', places.login)
  return [
    ['a dump', 'dump', { ...store(), ...source, ...failing, ...values(secrets.registryPassword) }],
    [
      'a dump that may not read schemas',
      'dump',
      { ...store(), ...source, ...failing, ...values(secrets.wrongRegistryPassword) },
    ],
    [
      'a dump without a store',
      'dump',
      { ...store(), ...source, ...failing, S3_ENDPOINT: `http://127.0.0.1:${closed}`, S3_MAX_RETRIES: '0' },
    ],
    [
      'a dump without a proxy',
      'dump',
      {
        ...store(),
        ...source,
        ...failing,
        S3_PROXY_URL: `http://127.0.0.1:${closed}`,
        S3_PROXY_USER: 'proxy',
        S3_PROXY_PASSWORD: secrets.proxyPassword.text,
        S3_MAX_RETRIES: '0',
      },
    ],
    [
      'a dump with a wrong key of the store',
      'dump',
      {
        ...storeEnvironment({
          ...stack.store,
          bucket: world.bucket,
          credentials: { accessKeyId: 'local', secretAccessKey: secrets.wrongStoreKey.text },
        }),
        ...source,
        ...failing,
      },
    ],
    [
      'a dump that can’t put records aside',
      'dump',
      { ...store(), ...loginBy('SOURCE', places.wrongLogin), ...failing, ...values(secrets.registryPassword) },
    ],
    [
      'a dump with secrets in the wrong places',
      'dump',
      {
        ...store(),
        S3_SSE_CUSTOMER_KEY: secrets.misplaced.text,
        S3_PROXY_URL: `http://me:${encodeURIComponent(secrets.misplaced.text)}@proxy:1`,
        SCHEMA_REGISTRY_CA: secrets.misplaced.text,
        SOURCE_KAFKA_CA: secrets.misplaced.text,
      },
    ],
    [
      'a dump with a secret that is no JSON',
      'dump',
      { ...store(), S3_SECRET_ACCESS_KEY_SECRET_ARN: `${places.store}#nothing` },
    ],
    [
      'a replication',
      'replicate',
      { ...certificateBy(places.certificate), ...source, ...failing, TARGET_TOPIC: `${topic}-copy` },
    ],
    [
      'a replication with a wrong password of its key',
      'replicate',
      { ...certificateBy(places.wrongCertificate), ...source, ...failing, TARGET_TOPIC: `${topic}-copy` },
    ],
    [
      'a replication with a wrong password',
      'replicate',
      { ...loginBy('TARGET', places.wrongLogin), ...source, ...failing, TARGET_TOPIC: `${topic}-copy` },
    ],
    [
      'a check',
      'check',
      {
        ...store(),
        ...loginBy('SOURCE', places.wrongLogin),
        CONNECTOR_TYPE: 'dump',
        CONSUMER_GROUP: 'canary',
        SOURCE_TOPICS: topic,
      },
    ],
  ]
}

test('no credential and no record is in what functions print and answer, in objects or in what is said of failed records', async () => {
  const records = event(avroValue(payload.value.text))
  const [closed] = await freePorts(1)
  const printed = (
    await pMap(
      runs(closed as number),
      ([place, name, environment]) => ran(place, name, environment, name === 'check' ? {} : records),
      {
        concurrency: AT_ONCE,
      },
    )
  ).flat()
  expect(findCanaries([...all, ...contents], printed)).toEqual([])
  // Each has failed, or worked, as it is meant to.
  const text = printed.map(({ content }) => content).join('')
  for (const code of [
    'VALUE_UNDECODABLE',
    'RECORD_UNDECODABLE',
    'SCHEMA_REGISTRY_ACCESS_DENIED',
    'STORE_UNAVAILABLE',
    'STORE_ACCESS_DENIED',
    'KAFKA_ACCESS_DENIED',
    'CONFIG_INVALID',
  ])
    expect(text).toContain(code)

  const found = await objectsIn(world.moto, world.bucket)
  expect(found.length).toBeGreaterThan(0)
  expect(findCanaries(all, found)).toEqual([])
  const letters = await readTopic(plaintext, failed, 2)
  const said = letters.flatMap(({ headers = {} }, index) =>
    Object.entries(headers)
      .filter(([name]) => name !== 'own')
      .map(([name, value]) => ({ place: `the header ${name} of failed record ${index}`, content: String(value) })),
  )
  expect(said.length).toBeGreaterThan(0)
  expect(findCanaries([...all, ...contents], said)).toEqual([])
  const whole = letters.map(({ key, value }, index) => ({
    place: `failed record ${index}`,
    content: Buffer.concat([key ?? Buffer.of(), value ?? Buffer.of()]),
  }))
  expect(findCanaries(all, whole)).toEqual([])
})

/** What a service of connectors is, and all that it leaves behind. */
interface TestService {
  folder: ServiceFolder
  environment: Record<string, string>
  printed: string[]
  running: OfflineService
  api: string
}

const SERVICE = 'kafka-connectors-dev'
const scram512 = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:kafka-AbCdEf'
const declared = {
  lake: {
    type: 'dump',
    source: { bootstrapServers: ['kafka.example.com:9096'], auth: { scram512 }, topics: [topic] },
    batch: { size: 100, windowSeconds: 0 },
    to: {
      ...{
        bucket: 'lake',
        prefix: 'lake',
        endpoint: 'https://store.example.com',
        accessKeyId: 'id',
        valueFormat: 'json',
      },
      secretAccessKey: { secret: `${scram512}#secret` },
    },
    deadLetter: failed,
  },
  copy: {
    type: 'replicate',
    source: { bootstrapServers: ['kafka.example.com:9096'], auth: { scram512 }, topics: [topic], alias: 'here' },
    batch: { size: 100, windowSeconds: 0 },
    to: { bootstrapServers: ['other.example.com:9096'], auth: { scram512 }, alias: 'there' },
  },
}

/** Starts the service in a folder of its own, with logins in the environment as a developer has them. */
async function startService(): Promise<TestService> {
  const folder = await createServiceFolder()
  closing.defer(() => folder.remove())
  const file = join(folder.path, 'canary.json')
  await Promise.all([writeFile(file, JSON.stringify(declared)), mkdir(join(folder.path, 'tmp'))])
  const sasl = { mechanism: 'SCRAM-SHA-512', username: world.user, password: secrets.saslPassword.text } as const
  const [httpPort, lambdaPort, apiPort] = await freePorts(3)
  const credentials = { accessKeyId: 'id', secretAccessKey: secrets.storeKey.text }
  const environment = {
    ...storeEnvironment({ ...configOf(world.moto), credentials, bucket: world.bucket, forcePathStyle: true }),
    ...clusterEnvironment('TARGET', { ...stack.target.saslPlaintextScram256, sasl }),
    ...{
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: secrets.awsKey.text,
      AWS_SESSION_TOKEN: secrets.awsToken.text,
    },
    ...{
      CONNECTORS: file,
      KAFKA_BROKERS: plaintext.brokers.join(),
      HOME: folder.path,
      TMPDIR: join(folder.path, 'tmp'),
    },
    ...{ OFFLINE_HTTP_PORT: `${httpPort}`, OFFLINE_LAMBDA_PORT: `${lambdaPort}`, OFFLINE_API_PORT: `${apiPort}` },
  }
  const printed: string[] = []
  const service = { folder: folder.path, config: 'serverless.connectors.yml', serverless, environment: {} }
  const running = await startOffline({ service, environment, onLine: line => void printed.push(line) })
  closing.defer(() => running.stop())
  return { folder, environment, printed, running, api: `http://127.0.0.1:${apiPort}` }
}

/** All files of a folder and what is in its packages, without what links lead to. */
async function filesOf(folder: string): Promise<Searched[]> {
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const unzip = `import glob, sys, zipfile
for file in glob.glob(sys.argv[1] + '/**/*.zip', recursive=True): zipfile.ZipFile(file).extractall(file + '-unzipped')`
  await promisify(execFile)(python, ['-c', unzip, join(folder, 'package')])
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return await Promise.all(files.map(async file => ({ place: relative(folder, file), content: await readFile(file) })))
}

/** What the commands print that tell of a connector, and what the console answers. */
async function shown({ api }: TestService): Promise<Searched[]> {
  const connectors = readConnectors(declared, SERVICE, 'connectors')
  const config = { endpoint: api, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const deployment = createDeployment(SERVICE, config, { isLocal: true })
  const told: Searched[] = []
  for (const name of Object.keys(declared)) {
    for (const command of ['list', 'describe', 'check', 'logs', 'failed', 'objects', 'query', 'cost'] as const) {
      const texts: string[] = []
      const context = commandContext(connectors, {}, text => void texts.push(text))
      const options = command === 'query' ? { name, engine: 'duckdb' } : { name }
      await perform(command as CommandName, { ...context, deployment, json: command !== 'query' }, options).catch(
        error => texts.push(String(error)),
      )
      told.push({ place: `connectors ${command} --name ${name}`, content: texts.join('') })
    }
  }
  const console = await startConsole({ connectors, deployment })
  try {
    const client = new ConsoleClient(console.url)
    told.push({ place: 'the page of the console', content: (await client.enter()).body })
    for (const name of Object.keys(declared)) {
      for (const question of [
        'service',
        'list',
        'describe',
        'history',
        'logs',
        'declaration',
        'cost',
        'topics',
        'tree',
        'coverage',
        'query',
        'failed',
        'restorable',
        'replication',
        'runs',
      ]) {
        const { status, body } = await client.ask(question, { name })
        told.push({ place: `the console’s answer to ${question} of ${name}, ${status}`, content: body })
      }
    }
  } finally {
    await console.close()
  }
  return told
}

/** What Lambda's API in front of the local mappings answers, without what it is made for: the variables of a function. */
async function answers({ api }: TestService): Promise<Searched[]> {
  const config = { endpoint: api, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const [lambda, logs] = [new LambdaClient(config), new CloudWatchLogsClient(config)]
  const mappings = await lambda.send(new ListEventSourceMappingsCommand({}))
  const lines = await Promise.all(
    Object.keys(declared).map(name =>
      logs.send(new FilterLogEventsCommand({ logGroupName: `/aws/lambda/${SERVICE}-${name}` })),
    ),
  )
  lambda.destroy()
  logs.destroy()
  return [
    { place: 'the list of mappings', content: JSON.stringify(mappings) },
    { place: 'the log of functions', content: JSON.stringify(lines) },
  ]
}

test('no credential and no record is in what a service on this machine prints, answers, keeps and packages', async () => {
  const service = await startService()
  const { folder, environment, printed, running } = service
  const record = {
    key: Buffer.from(payload.key.text),
    headers: [{ key: 'own', value: Buffer.from(payload.header.text) }],
    timestamp: Date.now(),
  }
  const producer = createProducer(plaintext, { clientId: 'canary' })
  const values = [JSON.stringify({ text: payload.value.text }), payload.value.text].map(text => Buffer.from(text))
  await producer.send(
    topic,
    values.map(value => ({ ...record, value, partition: 0 })),
    Date.now() + 30_000,
  )
  await producer.close()
  const words = [/"message":"Object written"/, /VALUE_UNDECODABLE/, new RegExp(`here\\.${topic}`)]
  await until(() => words.every(word => printed.some(line => word.test(line))), 'the records are delivered').catch(
    error => {
      throw new Error(`${error.message}\n${printed.slice(-20).join('\n')}`)
    },
  )
  const told = [...(await shown(service)), ...(await answers(service))]
  await running.stop()
  const packaging = ['package', '--config', 'serverless.connectors.yml', '--package', join(folder.path, 'package')]
  const packaged = await folder.serverless(packaging, environment)
  const files = await filesOf(folder.path)
  const names = files.map(({ place }) => place)
  expect(names).toEqual(
    expect.arrayContaining([
      'package/cloudformation-template-update-stack.json',
      expect.stringMatching(/\.zip-unzipped\/functions\/dump\.mjs$/),
    ]),
  )
  const searched = [
    ...told,
    ...files,
    { place: 'its output', content: printed.join('\n') },
    { place: 'packaging', content: packaged },
  ]
  expect(findCanaries([...all, ...contents], searched)).toEqual([])
})

test('a function that logs its variables, or the records that it gets, would be found out', async () => {
  const leaking = new FunctionProcess(join(import.meta.dirname, 'fixtures/leaking.ts'), world.identity)
  const { response } = await leaking.invoke(event(Buffer.from(payload.value.text)))
  const searched = [
    { place: 'its output', content: await leaking.stop() },
    { place: 'its answer', content: String(response) },
  ]
  expect(findCanaries([secrets.awsKey], searched)).toEqual([
    'aws-key as text in its output',
    'aws-key as URL in its answer',
  ])
  expect(findCanaries([payload.value], searched)).toEqual(
    expect.arrayContaining(['value as base64, 0 behind a group in its output']),
  )
})
