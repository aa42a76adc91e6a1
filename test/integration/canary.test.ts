import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { GetObjectCommand, HeadObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { CommandName } from '../../lib/connectors/commands/definition.ts'
import { createDeployment } from '../../lib/connectors/commands/index.ts'
import { readConnectors } from '../../lib/connectors/reader.ts'
import { perform } from '../../lib/connectors/run-command.ts'
import { startConsole } from '../../lib/console/console.ts'
import { openBucket } from '../../local/bucket.ts'
import { serverless } from '../../local/framework.ts'
import { type OfflineService, startOffline, storeEnvironment } from '../../local/offline-service.ts'
import { orders, produce } from '../../local/orders.ts'
import { freePorts } from '../../local/ports.ts'
import { createTopics } from '../../local/topics.ts'
import { type Canary, createCanary, findCanaries, type Searched } from '../support/canary.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { commandContext } from '../support/connectors.ts'
import { ConsoleClient } from '../support/console-client.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { configOf } from '../support/moto-function.ts'
import { until } from '../support/offline-polling.ts'
import { pythonTools } from '../support/python-tools.ts'
import { TestRegistry } from '../support/schema-registry.ts'
import { setScramPassword } from '../support/scram-user.ts'
import { createServiceFolder, type ServiceFolder } from '../support/service-folder.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

const { plaintext, saslPlaintextScram256: login, ssl } = stack.connections

/** One of each kind of credential, and what is wrong in their place. */
const secrets = {
  storeKey: createCanary('store-key'),
  wrongStoreKey: createCanary('wrong-store-key'),
  saslPassword: createCanary('sasl-password'),
  wrongPassword: createCanary('wrong-password'),
  awsKey: createCanary('aws-key'),
  awsToken: createCanary('aws-token'),
  keyPassword: createCanary('key-password'),
  wrongKeyPassword: createCanary('wrong-key-password'),
  registryPassword: createCanary('registry-password'),
  wrongRegistryPassword: createCanary('wrong-registry-password'),
  proxyPassword: createCanary('proxy-password'),
  misplaced: createCanary('misplaced'),
}
const all = Object.values(secrets)

/** In records: they are in objects and topics, but in no log, error or answer that nobody has asked for them. */
const payload = { key: createCanary('key'), value: createCanary('value'), header: createCanary('header') }
const contents = Object.values(payload)

const [topic, failed, user, bucketName] = ['canary', 'canary-failed', 'canary-user', 'canary-lake'].map(uniqueName) as [
  ...[string, string, string, string],
]

let moto: Moto
let registry: TestRegistry
let registryUrl: string
let places: Awaited<ReturnType<typeof createSecrets>>
const closing = new AsyncDisposableStack()

beforeAll(async () => {
  registry = new TestRegistry()
  ;[moto, registryUrl] = await Promise.all([startMoto(), registry.start()])
  closing.defer(() => moto.stop())
  closing.defer(() => registry.stop())
  registry.authorization = `Basic ${Buffer.from(`reader:${secrets.registryPassword.text}`).toString('base64')}`
  places = await createSecrets()
  await setScramPassword(plaintext, user, secrets.saslPassword.text)
  await createTopics(plaintext, { [topic]: 1 })
  await openBucket({ ...configOf(moto), forcePathStyle: true, bucket: bucketName })
})

afterAll(() => closing.disposeAsync())

/** Secrets as functions find them, by their ARNs. */
async function createSecrets() {
  const client = new SecretsManagerClient(configOf(moto))
  const create = async (value: object) => {
    const command = new CreateSecretCommand({ Name: uniqueName('canary'), SecretString: JSON.stringify(value) })
    return (await client.send(command)).ARN ?? ''
  }
  const privateKey = createPrivateKey(ssl.key ?? '').export({
    ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: secrets.keyPassword.text },
  })
  const certificate = { certificate: ssl.cert, privateKey }
  const created = {
    store: await create({ id: 'id', secret: secrets.storeKey.text }),
    login: await create({ username: user, password: secrets.saslPassword.text }),
    wrongLogin: await create({ username: user, password: secrets.wrongPassword.text }),
    certificate: await create({ ...certificate, privateKeyPassword: secrets.keyPassword.text }),
    wrongCertificate: await create({ ...certificate, privateKeyPassword: secrets.wrongKeyPassword.text }),
  }
  client.destroy()
  return created
}

/** The identity of functions, with the most talkative log. */
const identity = () => ({
  ...{ AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: secrets.awsKey.text, AWS_SESSION_TOKEN: secrets.awsToken.text },
  ...{ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.endpoint, LOG_LEVEL: 'DEBUG' },
})

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
  ...{ S3_BUCKET: bucketName, S3_REGION: 'eu-central-1', S3_ENDPOINT: moto.endpoint },
  ...{ S3_ACCESS_KEY_ID_SECRET_ARN: `${places.store}#id`, S3_SECRET_ACCESS_KEY_SECRET_ARN: `${places.store}#secret` },
})

const values = (password: Canary) => ({
  ...{ VALUE_FORMAT: 'avro', SCHEMA_REGISTRY_URL: registryUrl, SCHEMA_REGISTRY_USER: 'reader' },
  SCHEMA_REGISTRY_PASSWORD: password.text,
})

const failing = { FAILURE_POLICY: 'log', ABNORMAL_DATA_TOPIC: failed, DEAD_LETTER_TOPIC: failed, TIMEOUT_MS: '2000' }

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

/** Calls a function with the records, and gives everything that came out of it. */
async function ran(
  place: string,
  name: string,
  environment: Record<string, string>,
  given: unknown,
): Promise<Searched[]> {
  const function_ = new FunctionProcess(functionFile(name), { ...identity(), ...environment })
  const outcome = await function_.invoke(given, 8_000)
  return [
    { place: `${place}: its answer`, content: JSON.stringify(outcome) },
    { place: `${place}: its output`, content: await function_.stop() },
  ]
}

/** All objects of the bucket with their keys and metadata. */
async function objects(): Promise<Searched[]> {
  const client = new S3Client(configOf(moto))
  const found: Searched[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucketName })) {
    for (const { Key = '' } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucketName, Key }))
      const { Metadata } = await client.send(new HeadObjectCommand({ Bucket: bucketName, Key }))
      found.push({ place: `the object ${Key}`, content: (await Body?.transformToByteArray()) ?? '' })
      found.push({ place: `the metadata of ${Key}`, content: JSON.stringify(Metadata) })
    }
  }
  client.destroy()
  return found
}

test('no credential and no record is in what functions print and answer, in objects or in what is said of failed records', async () => {
  const [good] = [event(avroValue(payload.value.text))]
  const [closed] = await freePorts(1)
  const source = loginBy('SOURCE', places.login)
  const runs: [place: string, name: string, environment: Record<string, string>][] = [
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
          bucket: bucketName,
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
  const printed = (
    await Promise.all(
      runs.map(([place, name, environment]) => ran(place, name, environment, name === 'check' ? {} : good)),
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

  const found = await objects()
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
