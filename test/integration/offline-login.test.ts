import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
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
const { brokers, ca, sasl } = stack.connections.saslSslScram512

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

// Source: AWS Lambda Developer Guide, "Configuring cluster authentication methods in Lambda".
test('a user and an authority from secrets read a topic over TLS', async () => {
  const connection = await connectionWith([
    { type: 'SASL_SCRAM_512_AUTH', uri: await secret({ username: sasl?.username, password: sasl?.password }) },
    { type: 'SERVER_ROOT_CA_CERTIFICATE', uri: await secret({ certificate: ca }) },
    { type: 'VPC_SUBNET', uri: 'subnet:subnet-1' },
  ])
  expect(connection).toMatchObject({ securityProtocol: 'SASL_SSL', sasl: { mechanism: 'SCRAM-SHA-512' } })
  await withCluster(connection, async cluster => {
    const topic = await cluster.createTopic(1)
    await cluster.produce(topic, 0, ['value'])
    const polling = cluster.poll(topic, () => undefined)
    await until(() => polling.received.length === 1, 'the record is delivered')
  })
})

test('a certificate of one’s own, and its key', async () => {
  const { cert: certificate, key: privateKey, ...listener } = stack.connections.ssl
  const connection = await connectionWith(
    [
      { type: 'CLIENT_CERTIFICATE_TLS_AUTH', uri: await secret({ certificate, privateKey }) },
      { type: 'SERVER_ROOT_CA_CERTIFICATE', uri: await secret({ certificate: listener.ca }) },
    ],
    listener.brokers,
  )
  expect(connection.securityProtocol).toBe('SSL')
  await withCluster(connection, async cluster => expect(await cluster.topics()).toContainEqual(expect.any(String)))
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
