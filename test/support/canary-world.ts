import { createPrivateKey } from 'node:crypto'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { openBucket } from '../../local/bucket.ts'
import { createCanary } from './canary.ts'
import { type Moto, startMoto } from './moto.ts'
import { configOf } from './moto-function.ts'
import { setScramPassword } from './scram-user.ts'
import { stack, uniqueName } from './stack.ts'

/** One of each kind of credential, and what is wrong in their place. */
export const secrets = {
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
/** All credentials. */
export const all = Object.values(secrets)

/** In records: they are in objects and topics, but in no log, error or answer that nobody has asked for them. */
export const payload = { key: createCanary('key'), value: createCanary('value'), header: createCanary('header') }
/** All contents of records. */
export const contents = Object.values(payload)

/** Where functions that must keep canaries to themselves find their secrets, AWS and a bucket. */
export interface CanaryWorld {
  moto: Moto
  /** The bucket, which moto has. */
  bucket: string
  /** The user of both clusters who has the password. */
  user: string
  /** ARNs of secrets in Secrets Manager, right and wrong ones. */
  places: Record<'store' | 'login' | 'wrongLogin' | 'certificate' | 'wrongCertificate', string>
  /** The variables that functions have from AWS, with the most talkative log. */
  identity: Record<string, string>
  stop(): Promise<void>
}

export async function startCanaryWorld(): Promise<CanaryWorld> {
  const moto = await startMoto()
  const [user, bucket] = [uniqueName('canary-user'), uniqueName('canary-lake')]
  const password = secrets.saslPassword.text
  const [places] = await Promise.all([
    createSecrets(moto, user),
    openBucket({ ...configOf(moto), forcePathStyle: true, bucket }),
    ...[stack.connections, stack.target].map(({ plaintext }) => setScramPassword(plaintext, user, password)),
  ])
  const identity = {
    ...{
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: secrets.awsKey.text,
      AWS_SESSION_TOKEN: secrets.awsToken.text,
    },
    ...{ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.endpoint, LOG_LEVEL: 'DEBUG' },
  }
  return { moto, bucket, user, places, identity, stop: () => moto.stop() }
}

async function createSecrets(moto: Moto, user: string): Promise<CanaryWorld['places']> {
  const client = new SecretsManagerClient(configOf(moto))
  const create = async (value: object) => {
    const command = new CreateSecretCommand({ Name: uniqueName('canary'), SecretString: JSON.stringify(value) })
    return (await client.send(command)).ARN ?? ''
  }
  const { ssl } = stack.connections
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
