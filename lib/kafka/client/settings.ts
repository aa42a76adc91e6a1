import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { BaseOptions } from '@platformatic/kafka'
import type { KafkaConfig, SASLOptions } from 'kafkajs'
import { CodedError } from '../../error.ts'
import type { Renewable } from '../../secrets/renewable.ts'
import { createTokenProvider } from './iam.ts'

export const securityProtocols = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SASL_SSL', 'SSL'] as const
export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'AWS_MSK_IAM'] as const

export type SecurityProtocol = (typeof securityProtocols)[number]
export type SaslMechanism = (typeof saslMechanisms)[number]

/** What each protocol uses. Source: Apache Kafka, `org.apache.kafka.common.security.auth.SecurityProtocol`. */
export const protocolUses: Record<SecurityProtocol, { tls: boolean; sasl: boolean }> = {
  PLAINTEXT: { tls: false, sasl: false },
  SASL_PLAINTEXT: { tls: false, sasl: true },
  SASL_SSL: { tls: true, sasl: true },
  SSL: { tls: true, sasl: false },
}

/** What each mechanism needs: a user name and password, or TLS, which keeps a token from being read in transit. */
export const mechanismNeeds: Record<SaslMechanism, { user: boolean; tls: boolean }> = {
  PLAIN: { user: true, tls: false },
  'SCRAM-SHA-256': { user: true, tls: false },
  'SCRAM-SHA-512': { user: true, tls: false },
  AWS_MSK_IAM: { user: false, tls: true },
}

/** Credentials of a SASL login. AWS_MSK_IAM uses the process's own AWS identity, on Lambda the function's role. */
export interface Login {
  mechanism: SaslMechanism
  /** Required with every other mechanism, as is the password. */
  username?: string
  password?: string
}

/** How to reach one Kafka cluster, in the terms of Kafka's own client settings. */
export interface KafkaSettings extends Renewable<KafkaSettings> {
  /** `host:port` of one or more brokers. */
  brokers: string[]
  securityProtocol: SecurityProtocol
  /** Required for SASL_PLAINTEXT and SASL_SSL. */
  sasl?: Login
  /** PEM of the certificate authority that signed the brokers' certificates. Default: the system's authorities. */
  ca?: string
  /** PEM of the client's certificate and its private key, for mutual TLS. */
  cert?: string
  key?: string
  /** Required if the private key is encrypted. */
  keyPassword?: string
}

/** Without a response in this time, a request is retried over a new connection. */
export const CONNECT_TIMEOUT_MS = 5_000
export const REQUEST_TIMEOUT_MS = 15_000

/** TLS settings, undefined for a protocol without TLS. Both client libraries pass them to `node:tls`. */
export function tlsOptions({ securityProtocol, ca, cert, key, keyPassword }: KafkaSettings): TlsOptions | undefined {
  return protocolUses[securityProtocol].tls ? { ca, cert, key, passphrase: keyPassword } : undefined
}

/** The cluster's settings in kafkajs's form. */
export function kafkajsConfig(connection: KafkaSettings): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> {
  return { brokers: connection.brokers, ssl: tlsOptions(connection) ?? false, sasl: kafkajsLogin(connection) }
}

/** Login with a user name and password, by kafkajs's mechanism name. */
const kafkajsPassword =
  (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512') =>
  (login: Login): SASLOptions =>
    ({ ...login, mechanism }) as SASLOptions

const kafkajsLogins: Record<SaslMechanism, (login: Login, brokers: string[]) => SASLOptions> = {
  PLAIN: kafkajsPassword('plain'),
  'SCRAM-SHA-256': kafkajsPassword('scram-sha-256'),
  'SCRAM-SHA-512': kafkajsPassword('scram-sha-512'),
  AWS_MSK_IAM(_, brokers) {
    const token = createTokenProvider(brokers)
    return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await token() }) }
  },
}

function kafkajsLogin({ brokers, sasl }: KafkaSettings): SASLOptions | undefined {
  return sasl && kafkajsLogins[sasl.mechanism](sasl, brokers)
}

/** The cluster's settings in @platformatic/kafka's form. */
export function platformaticConfig(
  connection: KafkaSettings,
): Pick<BaseOptions, 'tls' | 'sasl' | 'connectTimeout' | 'requestTimeout'> & { bootstrapBrokers: string[] } {
  return {
    bootstrapBrokers: connection.brokers,
    tls: tlsOptions(connection),
    sasl: platformaticLogin(connection),
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  }
}

type PlatformaticLogin = NonNullable<BaseOptions['sasl']>

/** Login with a user name and password, by @platformatic/kafka's mechanism name. */
const platformaticPassword =
  (mechanism: PlatformaticLogin['mechanism']) =>
  ({ username, password }: Login): PlatformaticLogin => ({ mechanism, username, password })

const platformaticLogins: Record<SaslMechanism, (login: Login, brokers: string[]) => PlatformaticLogin> = {
  PLAIN: platformaticPassword('PLAIN'),
  'SCRAM-SHA-256': platformaticPassword('SCRAM-SHA-256'),
  'SCRAM-SHA-512': platformaticPassword('SCRAM-SHA-512'),
  AWS_MSK_IAM: (_, brokers) => ({
    mechanism: 'OAUTHBEARER',
    token: createTokenProvider(brokers),
    authBytesValidator: refuseAnswer,
  }),
}

function platformaticLogin({ brokers, sasl }: KafkaSettings): PlatformaticLogin | undefined {
  return sasl && platformaticLogins[sasl.mechanism](sasl, brokers)
}

/** A broker that refuses a token says so in its response, not with an error code. Source: RFC 7628, section 3.2.2. */
function refuseAnswer(answer: Buffer, callback: (error: Error | null, answer?: Buffer) => void) {
  if (answer.length === 0) return callback(null, answer)
  callback(new CodedError('KAFKA_ACCESS_DENIED', 'The cluster refused the AWS identity.'))
}
