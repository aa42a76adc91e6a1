import { execFile } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { createAccess } from '../../lib/kafka/admin/access.ts'
import { createAdmin } from '../../lib/kafka/admin/admin.ts'
import { createGroupOffsets } from '../../lib/kafka/admin/group-offsets.ts'
import { createClusterClient } from '../../lib/kafka/client/cluster-client.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTransactions } from '../../lib/kafka/produce/transaction.ts'
import { createRecordSearch } from '../../lib/kafka/read/record-search.ts'
import { createTopicLog } from '../../lib/kafka/read/topic-log.ts'
import { retryUntil } from '../../lib/retry.ts'
import { openBucket } from '../../local/bucket.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { logRecords } from '../support/log-records.ts'
import { startLossyProxy } from '../support/lossy-proxy.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { pythonTools } from '../support/python-tools.ts'
import { setScramPassword } from '../support/scram-user.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

let moto: Moto
let secrets: SecretsManagerClient
let parameters: SSMClient
let running: FunctionProcess | undefined

/** The identity of the function, and where it finds the two services. */
const aws = () => ({
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.endpoint,
  AWS_ENDPOINT_URL_SSM: moto.endpoint,
})

beforeAll(async () => {
  moto = await startMoto()
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
  const options = { region: 'us-east-1', endpoint: moto.endpoint, credentials }
  secrets = new SecretsManagerClient(options)
  parameters = new SSMClient(options)
})

afterEach(async () => {
  await running?.stop()
  running = undefined
})

afterAll(async () => {
  secrets?.destroy()
  parameters?.destroy()
  await moto?.stop()
})

async function createSecret(value: object): Promise<string> {
  const command = new CreateSecretCommand({ Name: uniqueName('secret'), SecretString: JSON.stringify(value) })
  return (await secrets.send(command)).ARN ?? ''
}

async function putParameter(Name: string, Value: string): Promise<void> {
  await parameters.send(new PutParameterCommand({ Name, Value, Type: 'SecureString', Overwrite: true }))
}

function start(name: string, environment: Record<string, string>): FunctionProcess {
  running = new FunctionProcess(functionFile(name), { ...aws(), ...environment })
  return running
}

const noRecords = { eventSource: 'aws:kafka', records: {} }
const event = (topic: string, value: string) => ({
  eventSource: 'aws:kafka',
  records: { [`${topic}-0`]: [{ offset: 0, timestamp: 1, value: Buffer.from(value).toString('base64') }] },
})

async function rotate(SecretId: string, value: object): Promise<void> {
  await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify(value) }))
}

// Kafka asks for the password when a connection is opened: what is open continues, and what is broken logs in anew.
test('replicate: a function at work continues when its password is rotated, and no record is lost or there twice', async () => {
  const { plaintext, saslPlaintextScram256: listener } = stack.connections
  const username = uniqueName('user')
  const setPassword = (password: string) => setScramPassword(plaintext, username, password)
  await setPassword('first-s3cr3t')
  const arn = await createSecret({ username, password: 'first-s3cr3t' })
  const topic = await createTopic('rotated')
  const proxy = await startLossyProxy(listener.brokers[0] as string)
  const connection = { ...listener, brokers: proxy.brokers, sasl: { mechanism: 'SCRAM-SHA-512' } as const }
  const { TARGET_KAFKA_USERNAME, TARGET_KAFKA_PASSWORD, ...target } = clusterEnvironment('TARGET', connection)
  const replicate = start('replicate', {
    ...target,
    TARGET_TOPIC: topic,
    FAILURE_POLICY: 'fail',
    TARGET_KAFKA_USERNAME_SECRET_ARN: `${arn}#username`,
    TARGET_KAFKA_PASSWORD_SECRET_ARN: `${arn}#password`,
  })
  try {
    await expect(replicate.invoke(event(topic, 'before'))).resolves.toEqual({})

    await setPassword('second-s3cr3t')
    await expect(replicate.invoke(event(topic, 'over the open connection'))).resolves.toEqual({})

    // In the middle of a batch: its answer is lost together with the connection.
    await rotate(arn, { username, password: 'second-s3cr3t' })
    proxy.losses = 1
    await expect(replicate.invoke(event(topic, 'over a new connection'))).resolves.toEqual({})

    // The cluster has the new password and the secret hasn't yet: the trigger repeats the batch until it is there, too.
    await setPassword('third-s3cr3t')
    proxy.disconnect()
    const batch = event(topic, 'repeated by the trigger')
    await expect(replicate.invoke(batch)).resolves.toMatchObject({ error: { name: 'KAFKA_ACCESS_DENIED' } })
    await rotate(arn, { username, password: 'third-s3cr3t' })
    while ((await replicate.invoke(batch)).error);
    // One batch more, so that a record that was there twice would be seen.
    await expect(replicate.invoke(event(topic, 'after'))).resolves.toEqual({})
  } finally {
    await proxy.stop()
  }
  const records = await readTopic(plaintext, topic, found => found.at(-1)?.value?.toString() === 'after')
  expect(records.map(({ value }) => value?.toString())).toEqual([
    'before',
    'over the open connection',
    'over a new connection',
    'repeated by the trigger',
    'after',
  ])
  expect(await replicate.stop()).not.toContain('s3cr3t')
})

// Lambda's pollers open such a key with the secret's `privateKeyPassword`; functions didn't, and failed behind them.
test.each(['an encrypted key', 'a key that is not encrypted'])(
  'replicate: logs in by mutual TLS with %s, in a secret as Lambda wants it',
  async kind => {
    const { plaintext, ssl } = stack.connections
    const privateKey = createPrivateKey(ssl.key ?? '')
    const privateKeyPassword = 's3cr3t of the key'
    const encryption = kind === 'an encrypted key' && { cipher: 'aes-256-cbc', passphrase: privateKeyPassword }
    const arn = await createSecret({
      certificate: ssl.cert,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem', ...encryption }),
      ...(encryption && { privateKeyPassword }),
    })
    const topic = await createTopic('mutual')
    const replicate = start('replicate', {
      ...clusterEnvironment('TARGET', ssl),
      TARGET_TOPIC: topic,
      FAILURE_POLICY: 'fail',
      TARGET_KAFKA_CERT_SECRET_ARN: `${arn}#certificate`,
      TARGET_KAFKA_KEY_SECRET_ARN: `${arn}#privateKey`,
      TARGET_KAFKA_KEY_PASSWORD_SECRET_ARN: `${arn}#privateKeyPassword`,
    })
    await expect(replicate.invoke(event(topic, 'v'))).resolves.toEqual({})
    expect(await readTopic(plaintext, topic, 1)).toMatchObject([{ value: Buffer.from('v') }])
    expect(await replicate.stop()).not.toContain('s3cr3t')
  },
)

// A question for permissions was refused once more, and a search for a record for as long as its function lived.
test('each client of a cluster continues with a password that has been replaced', async () => {
  const current = stack.connections.saslSslScram512
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'replaced-s3cr3t' } as const
  const old: KafkaSettings = { ...current, sasl, renew: async () => current }
  const topic = await createTopic('rotated')
  const [options, deadline] = [{ clientId: 'rotated' }, Date.now() + 20_000]
  const [producer, transactions] = [createProducer(old, options), createTransactions(old, options)]
  const [access, groups] = [createAccess(old, 'rotated'), createGroupOffsets(old, 'rotated')]
  const [log, search] = [createTopicLog(old, 'rotated'), createRecordSearch(old, 'rotated')]
  try {
    const answers = await Promise.all([
      createAdmin(old, 'rotated').partitionCount(topic),
      producer.partitions(topic, deadline),
      transactions.partitions(topic, deadline),
      access.topic(topic),
      groups.bounds([{ topic, partition: 0 }]),
      logRecords(log, topic),
      search.ends(topic),
    ])
    expect(answers).toEqual([
      ...[1, 1, 1],
      { partitions: 1, allowed: ['READ', 'WRITE'] },
      new Map([[topic, new Map([[0, { start: 0, end: 0 }]])]]),
      [],
      { 0: 0 },
    ])
  } finally {
    await Promise.all([producer, transactions, access, groups, log, search].map(client => client.close()))
  }
})

test('what begins while a replaced password is read again takes the new one from nobody', async () => {
  // The second request opened connections with the old password, and the first one, with the new password at hand, used
  // those: refused twice, it was given up.
  const current = stack.connections.saslSslScram512
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'replaced-s3cr3t' } as const
  const topic = await createTopic('rotated')
  const deadline = Date.now() + 20_000
  /** Asks a client that is made with the old password, and once more while that is being renewed. */
  async function askTwice<T>(create: (connection: KafkaSettings) => { ask(): Promise<T>; close(): Promise<void> }) {
    const second = Promise.withResolvers<T>()
    const renew = async () => {
      retryUntil(deadline, client.ask).then(second.resolve, second.reject)
      return current
    }
    const client = create({ ...current, sasl, renew })
    try {
      return await Promise.all([client.ask(), second.promise])
    } finally {
      await client.close()
    }
  }
  const partitions = await askTwice(connection => {
    const cluster = createClusterClient(connection, 'rotated')
    const ask = () =>
      cluster.attempt(
        'find',
        AbortSignal.timeout(10_000),
        async client => (await cluster.topic(client, topic)).partitionsCount,
      )
    return { ask, close: cluster.close }
  })
  expect(partitions).toEqual([1, 1])
  const bounds = await askTwice(connection => {
    const groups = createGroupOffsets(connection, 'rotated')
    return { ask: () => groups.bounds([{ topic, partition: 0 }]), close: groups.close }
  })
  expect(bounds).toEqual(Array(2).fill(new Map([[topic, new Map([[0, { start: 0, end: 0 }]])]])))
})

/** Calls an operation of IAM, which moto has. */
async function iam(Action: string, parameters: Record<string, string>): Promise<string> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0'
  const body = new URLSearchParams({ Version: '2010-05-08', Action, ...parameters })
  const response = await fetch(moto.endpoint, { method: 'POST', headers: { authorization }, body })
  return await response.text()
}

/** A user who may do one thing. */
async function createUser(prefix: string, Action: string): Promise<string> {
  const UserName = uniqueName(prefix)
  await iam('CreateUser', { UserName })
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
  })
  await iam('PutUserPolicy', { UserName, PolicyName: 'one', PolicyDocument })
  return UserName
}

async function createAccessKey(UserName: string): Promise<{ id: string; secret: string }> {
  const answer = await iam('CreateAccessKey', { UserName })
  const [, id = ''] = /<AccessKeyId>(.+?)</.exec(answer) ?? []
  const [, secret = ''] = /<SecretAccessKey>(.+?)</.exec(answer) ?? []
  return { id, secret }
}

/** Whether moto looks at signatures and permissions. */
async function checkAccess(checks: boolean): Promise<void> {
  await fetch(`${moto.endpoint}/moto-api/reset-auth`, { method: 'POST', body: checks ? '0' : 'Infinity' })
}

test('dump: a function at work continues when the store’s access key is replaced and the old one deleted', async () => {
  const [role, writer] = [
    await createUser('role', 'secretsmanager:GetSecretValue'),
    await createUser('writer', 's3:PutObject'),
  ]
  const [own, first] = [await createAccessKey(role), await createAccessKey(writer)]
  const arn = await createSecret(first)
  const store = { region: 'us-east-1', endpoint: moto.endpoint, forcePathStyle: true }
  const bucketName = uniqueName('rotated')
  const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' }
  const bucket = await openBucket({ ...store, credentials, bucket: bucketName })
  const dump = start('dump', {
    AWS_ACCESS_KEY_ID: own.id,
    AWS_SECRET_ACCESS_KEY: own.secret,
    S3_BUCKET: bucketName,
    S3_ENDPOINT: moto.endpoint,
    S3_ACCESS_KEY_ID_SECRET_ARN: `${arn}#id`,
    S3_SECRET_ACCESS_KEY_SECRET_ARN: `${arn}#secret`,
    FAILURE_POLICY: 'fail',
  })
  await checkAccess(true)
  try {
    await expect(dump.invoke(event('before', 'v'))).resolves.toEqual({})
    await checkAccess(false)
    const second = await createAccessKey(writer)
    await rotate(arn, second)
    await iam('DeleteAccessKey', { UserName: writer, AccessKeyId: first.id })
    await checkAccess(true)
    await expect(dump.invoke(event('after', 'v'))).resolves.toEqual({})
    const output = await dump.stop()
    for (const { secret } of [first, second]) expect(output).not.toContain(secret)
  } finally {
    await checkAccess(false)
  }
  expect(await Array.fromAsync(bucket.list(''), ({ key }) => key.split('/')[0])).toEqual(['after', 'before'])
})

test('dump: an access key in Parameter Store that was wrong is read again, and what stays refused is an error', async () => {
  const { endpoint = '', credentials } = stack.store
  const bucketName = uniqueName('secrets')
  const bucket = await openBucket({ ...stack.store, bucket: bucketName })
  const name = `/${uniqueName('store')}/secret-access-key`
  await putParameter(name, 'not-yet-the-s3cr3t')
  const dump = start('dump', {
    S3_BUCKET: bucketName,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY_PARAMETER: name,
    FAILURE_POLICY: 'fail',
  })
  await dump.invoke(noRecords)
  await putParameter(name, credentials?.secretAccessKey ?? '')
  await expect(dump.invoke(event('orders', 'v'))).resolves.toEqual({})
  expect(await Array.fromAsync(bucket.list(''))).toHaveLength(1)
  await dump.stop()

  await putParameter(name, 'wrong-s3cr3t')
  const refused = start('dump', {
    S3_BUCKET: bucketName,
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY_PARAMETER: name,
    FAILURE_POLICY: 'fail',
  })
  await expect(refused.invoke(event('orders', 'v'))).resolves.toMatchObject({ error: { name: 'STORE_ACCESS_DENIED' } })
  expect(await refused.stop()).not.toContain('s3cr3t')
})

test('what can’t be read fails the start, naming the secret or the field, never the content', async () => {
  const arn = await createSecret({ user: 's3cr3t' })
  await secrets.send(new UpdateSecretCommand({ SecretId: arn, SecretString: '{"user":"s3cr3t"}' }))
  const store = { S3_BUCKET: 'my-lake', S3_ACCESS_KEY_ID: 'id' }
  const noField = await start('dump', { ...store, S3_SECRET_ACCESS_KEY_SECRET_ARN: `${arn}#password` }).invoke({})
  expect(noField.error?.message).toContain(
    'S3_SECRET_ACCESS_KEY_SECRET_ARN: expected a JSON object with text in its field password',
  )
  expect(noField.error?.message).not.toContain('s3cr3t')
  const missing = arn.replace(/.{6}$/, 'zzzzzz').replace('secret-', 'other-')
  const unreadable = await start('dump', { ...store, S3_SECRET_ACCESS_KEY_SECRET_ARN: missing }).invoke({})
  expect(unreadable.error?.message).toContain('SECRET_UNREADABLE')
  expect(unreadable.error?.message).toContain(missing)
})

test('the request is signed as botocore signs it', async () => {
  const received = Promise.withResolvers<{ headers: IncomingHttpHeaders; body: string }>()
  const server = createServer(async (request, response) => {
    received.resolve({ headers: request.headers, body: await text(request) })
    response.end('{"Parameter":{"Value":"v"}}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const environment = { ...aws(), AWS_ENDPOINT_URL_SSM: url, AWS_SESSION_TOKEN: 'token' }
  await start('dump', { ...environment, S3_BUCKET: 'lake', S3_PROXY_PASSWORD_PARAMETER: '/p' }).invoke(noRecords)
  const { headers, body } = await received.promise
  server.close()
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const { authorization, ...signed } = headers
  const sign = `
import json, sys
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
url, headers, body = json.loads(sys.argv[1])
names = headers['x-signed'].split(';')
auth = SigV4Auth(Credentials('id', 'secret', 'token'), 'ssm', 'us-east-1')
request = AWSRequest('POST', url, {name: headers[name] for name in names}, body)
request.context['timestamp'] = headers['x-amz-date']
canonical = auth.canonical_request(request)
print(auth.signature(auth.string_to_sign(request, canonical), request))
`
  const names = /SignedHeaders=([^,]+)/.exec(authorization ?? '')?.[1]
  const input = JSON.stringify([url, { ...signed, 'x-signed': names }, body])
  const { stdout } = await promisify(execFile)(python, ['-c', sign, input])
  expect(authorization).toContain(`Signature=${stdout.trim()}`)
  expect(names?.split(';')).toEqual(
    expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
  )
})
