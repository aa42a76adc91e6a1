import { createPrivateKey } from 'node:crypto'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { KafkaSettings, Login, SaslMechanism } from '../../lib/kafka/client/settings.ts'
import { loggedIn } from '../../lib/offline/access/connections.ts'
import { LoginRunner } from '../../lib/offline/access/login-runner.ts'
import type { AccessConfiguration } from '../../lib/offline/mapping/access-configuration.ts'
import type { EventSourceMapping } from '../../lib/offline/mapping/event-source-mapping.ts'
import { type Moto, startMoto } from '../support/moto.ts'
import { until, withCluster } from '../support/offline-polling.ts'
import { stack, uniqueName } from '../support/stack.ts'

let moto: Moto
let secrets: SecretsManagerClient
const before = { ...process.env }
const { saslSslPlain, saslSslScram512, ssl } = stack.connections
const { brokers, ca } = saslSslScram512

beforeAll(async () => {
  moto = await startMoto()
  Object.assign(process.env, moto.environment)
  secrets = new SecretsManagerClient({ region: 'eu-central-1', endpoint: moto.endpoint })
})
afterAll(async () => {
  process.env = before
  secrets?.destroy()
  await moto?.stop()
})

async function secret(content: object | string, Name = uniqueName('login')): Promise<string> {
  const SecretString = typeof content === 'string' ? content : JSON.stringify(content)
  const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name, SecretString }))
  return ARN
}

/** The connection that a mapping's secrets make. */
async function connectionWith(access: AccessConfiguration[], to = brokers) {
  const connection = { brokers: to, securityProtocol: 'PLAINTEXT' } as const
  return (await loggedIn({ connection }, { access } as EventSourceMapping)).connection
}

/** A poller reads a topic with the connection. */
async function expectRead(connection: KafkaSettings): Promise<void> {
  await withCluster(connection, async cluster => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, ['value'])
    const polling = cluster.poll(topic, () => undefined)
    await until(() => polling.received.length === 1, 'the record is delivered')
  })
}

// Source: AWS Lambda Developer Guide, "Configuring cluster authentication methods in Lambda".
test.each<[AccessConfiguration['type'], SaslMechanism, Login | undefined]>([
  ['BASIC_AUTH', 'PLAIN', saslSslPlain.sasl],
  ['SASL_SCRAM_256_AUTH', 'SCRAM-SHA-256', saslSslScram512.sasl],
  ['SASL_SCRAM_512_AUTH', 'SCRAM-SHA-512', saslSslScram512.sasl],
])('%s: a user and an authority from secrets read a topic over TLS', async (type, mechanism, user) => {
  const connection = await connectionWith([
    { type, uri: await secret({ username: user?.username, password: user?.password }) },
    { type: 'SERVER_ROOT_CA_CERTIFICATE', uri: await secret({ certificate: ca }) },
    { type: 'VPC_SUBNET', uri: 'subnet:subnet-1' },
    { type: 'VPC_SECURITY_GROUP', uri: 'security_group:sg-1' },
  ])
  expect(connection).toMatchObject({ securityProtocol: 'SASL_SSL', sasl: { mechanism } })
  await expectRead(connection)
})

const password = 'key-secret'
const { key: ownKey = '' } = ssl
const pbes2 = createPrivateKey(ownKey).export({
  ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password },
})

test.each<[string, object]>([
  ['as it is', { privateKey: ownKey }],
  ['encrypted with PBES2', { privateKey: pbes2, privateKeyPassword: password }],
])('a certificate of one’s own, and its key %s', async (_, key) => {
  const { cert: certificate, brokers: to, ca: authority } = ssl
  const connection = await connectionWith(
    [
      { type: 'CLIENT_CERTIFICATE_TLS_AUTH', uri: await secret({ certificate, ...key }) },
      { type: 'SERVER_ROOT_CA_CERTIFICATE', uri: await secret({ certificate: authority }) },
    ],
    to,
  )
  expect(connection.securityProtocol).toBe('SSL')
  await expectRead(connection)
})

test('a mapping that names no secrets has no login, as one of MSK with IAM, which has it from the function’s role', async () => {
  expect(await connectionWith([])).toEqual({ brokers, securityProtocol: 'PLAINTEXT' })
})

test.each<[string, object | string, RegExp]>([
  ['no JSON', 'password-itself', /has to contain a JSON object with the text username/],
  ['a field missing', { username: 'bob' }, /has to contain a JSON object with the text password/],
])('a secret with %s is said, and not shown', async (_, content, message) => {
  const connecting = connectionWith([{ type: 'BASIC_AUTH', uri: await secret(content) }])
  await expect(connecting).rejects.toThrow(message)
  await expect(connecting).rejects.not.toThrow(/password-itself|bob/)
})

test('a secret that only CloudFormation knows is said', async () => {
  await expect(connectionWith([{ type: 'BASIC_AUTH' }])).rejects.toThrow('Only CloudFormation knows')
})

test('a mapping waits for a secret that isn’t there yet', async () => {
  const name = uniqueName('later')
  const uri = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}`
  const troubles: string[] = []
  const idle = { lastResult: 'OK', start: async () => {}, stop: async () => {} }
  const logIn = async () => {
    await connectionWith([{ type: 'BASIC_AUTH', uri }])
    return idle
  }
  const runner = new LoginRunner(logIn, reason => troubles.push(reason))
  expect(runner.lastResult).toBe('No records processed')
  const started = runner.start()
  await until(() => runner.lastResult.startsWith('PROBLEM: Could not read '), 'the problem is told')
  await secret({ username: 'bob', password: 'bob-secret' }, name)
  await started
  expect(runner.lastResult).toBe('OK')
  expect(troubles).toHaveLength(1)
  await runner.stop()
})
