import { CodedError } from '../../error.ts'
import type { KafkaSettings, Login, SaslMechanism } from '../../kafka/client/settings.ts'
import { parseJson } from '../../parse-json.ts'
import { repairPem } from '../../pem.ts'
import type { ConfluentSettings } from '../../schema-registry/confluent-servers.ts'
import { fetchSecret } from '../../secrets/fetch.ts'
import type { AccessConfiguration } from '../mapping/access-configuration.ts'

/** Lambda logs in over TLS only. Source: AWS Lambda Developer Guide, "Configuring cluster authentication methods in Lambda". */
const mechanisms: Partial<Record<AccessConfiguration['type'], SaslMechanism>> = {
  BASIC_AUTH: 'PLAIN',
  SASL_SCRAM_256_AUTH: 'SCRAM-SHA-256',
  SASL_SCRAM_512_AUTH: 'SCRAM-SHA-512',
}

/** PEM texts of one's own certificate and of an authority. */
interface Certificates {
  ca?: string
  cert?: string
  key?: string
  keyPassword?: string
}

/**
 * The login to a cluster that a mapping's configurations name, from Secrets Manager.
 *
 * @throws CodedError `SECRET_UNREADABLE`
 */
export async function clusterLogin(access: AccessConfiguration[]): Promise<Omit<KafkaSettings, 'brokers'>> {
  const sasl = await saslOf(access)
  const certificates = await certificatesOf(access)
  const isSecure = certificates.ca !== undefined || certificates.cert !== undefined
  return { securityProtocol: sasl ? 'SASL_SSL' : isSecure ? 'SSL' : 'PLAINTEXT', sasl, ...certificates }
}

/**
 * The login to a schema registry, likewise.
 *
 * @throws CodedError `SECRET_UNREADABLE`
 */
export async function registryLogin(
  access: AccessConfiguration[],
): Promise<Pick<ConfluentSettings, 'credentials' | 'tls'>> {
  const { username, password } = (await saslOf(access)) ?? {}
  const { keyPassword: passphrase, ...certificates } = await certificatesOf(access)
  const credentials = username !== undefined && password !== undefined ? { username, password } : undefined
  return { credentials, tls: { ...certificates, passphrase } }
}

async function saslOf(access: AccessConfiguration[]): Promise<Login | undefined> {
  for (const configuration of access) {
    const mechanism = mechanisms[configuration.type]
    if (!mechanism) continue
    const field = await readSecret(configuration)
    return { mechanism, username: field('username'), password: field('password') }
  }
  return undefined
}

async function certificatesOf(access: AccessConfiguration[]): Promise<Certificates> {
  const certificates: Certificates = {}
  for (const configuration of access) {
    if (configuration.type === 'SERVER_ROOT_CA_CERTIFICATE') {
      certificates.ca = pemOf(configuration, (await readSecret(configuration))('certificate'))
    } else if (configuration.type === 'CLIENT_CERTIFICATE_TLS_AUTH') {
      const field = await readSecret(configuration)
      certificates.cert = pemOf(configuration, field('certificate'))
      certificates.key = pemOf(configuration, field('privateKey'))
      certificates.keyPassword = field('privateKeyPassword', { isOptional: true })
    }
  }
  return certificates
}

/** Reads a secret, which is a JSON object, and returns what gives its fields. */
async function readSecret(configuration: AccessConfiguration) {
  const { type, uri } = configuration
  if (uri === undefined) {
    throw new CodedError(
      'SECRET_UNREADABLE',
      `Only CloudFormation knows the secret of ${type}: declare its ARN, or set the login in the settings of the plugin`,
    )
  }
  const secret = parseJson(await fetchSecret({ kind: 'secret', id: uri })) as Record<string, unknown> | undefined
  function field(name: string): string
  function field(name: string, options: { isOptional: true }): string | undefined
  function field(name: string, { isOptional = false } = {}): string | undefined {
    const text = secret?.[name]
    if (typeof text === 'string' && text !== '') return text
    if (isOptional && text === undefined) return undefined
    throw unreadable(configuration, `a JSON object with the text ${name}`)
  }
  return field
}

function pemOf(configuration: AccessConfiguration, text: string): string {
  const pem = repairPem(text)
  if (pem !== undefined) return pem
  throw unreadable(configuration, 'whole PEM texts')
}

function unreadable({ type, uri }: AccessConfiguration, expected: string): CodedError {
  return new CodedError('SECRET_UNREADABLE', `The secret ${uri} of ${type} has to contain ${expected}`)
}
