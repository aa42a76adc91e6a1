import { execFile } from 'node:child_process'
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
import { openBucket } from '../../local/bucket.ts'
import { clusterEnvironment } from '../support/cluster-environment.ts'
import { FunctionProcess } from '../support/function-process.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { pythonTools } from '../support/python-tools.ts'
import { setScramPassword } from '../support/scram-user.ts'
import { createTopic, stack, uniqueName } from '../support/stack.ts'
import { readTopic } from '../support/topic-reader.ts'

const functionFile = (name: string) => new URL(`../../functions/${name}.ts`, import.meta.url).pathname

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
}, 180_000)

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

test('replicate: a password that is replaced in Secrets Manager while the function is warm is taken from there', async () => {
  const { plaintext, saslSslScram512 } = stack.connections
  const username = uniqueName('user')
  await setScramPassword(plaintext, username, 'first-s3cr3t')
  const arn = await createSecret({ username, password: 'first-s3cr3t' })
  const topic = await createTopic('rotated')
  const { TARGET_KAFKA_USERNAME, TARGET_KAFKA_PASSWORD, ...target } = clusterEnvironment('TARGET', saslSslScram512)
  const replicate = start('replicate', {
    ...target,
    TARGET_TOPIC: topic,
    FAILURE_POLICY: 'fail',
    TARGET_KAFKA_USERNAME_SECRET_ARN: `${arn}#username`,
    TARGET_KAFKA_PASSWORD_SECRET_ARN: `${arn}#password`,
  })
  await expect(replicate.invoke(noRecords)).resolves.toEqual({})
  await setScramPassword(plaintext, username, 'second-s3cr3t')
  const SecretString = JSON.stringify({ username, password: 'second-s3cr3t' })
  await secrets.send(new PutSecretValueCommand({ SecretId: arn, SecretString }))
  await expect(replicate.invoke(event(topic, 'after the rotation'))).resolves.toEqual({})
  expect((await readTopic(plaintext, topic, 1)).map(({ value }) => value?.toString())).toEqual(['after the rotation'])
  expect(await replicate.stop()).not.toContain('s3cr3t')
})

test('dump: so is the store’s, from Parameter Store, and what stays refused is an error', async () => {
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
  expect(noField.error?.message).toContain('S3_SECRET_ACCESS_KEY_SECRET_ARN: expected a text in the field password')
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
