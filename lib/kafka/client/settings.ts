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

/** Who logs in. AWS_MSK_IAM takes the process's own AWS identity, on Lambda the function's role. */
export interface Login {
  mechanism: SaslMechanism
  /** Required with every other mechanism. */
  username?: string
  password?: string
}

/** How to reach one Kafka cluster. The names are those of Kafka's own client settings. */
export interface KafkaSettings extends Renewable<KafkaSettings> {
  /** `host:port` of one or more brokers. */
  brokers: string[]
  securityProtocol: SecurityProtocol
  /** Required for SASL_PLAINTEXT and SASL_SSL. */
  sasl?: Login
  /** PEM of the certificate authority that signed the brokers' certificates; absent: the system's authorities. */
  ca?: string
  /** PEM of the client's certificate and its private key, for mutual TLS. */
  cert?: string
  key?: string
  /** Where the private key is encrypted. */
  keyPassword?: string
}

/** A broker that doesn't answer in this time is asked anew over a new connection. */
export const CONNECT_TIMEOUT_MS = 5_000
export const REQUEST_TIMEOUT_MS = 15_000

/** TLS settings for SASL_SSL and SSL, undefined for a protocol without TLS. Both clients hand them to `node:tls`. */
export function tlsOptions({ securityProtocol, ca, cert, key, keyPassword }: KafkaSettings): TlsOptions | undefined {
  const usesTls = securityProtocol === 'SASL_SSL' || securityProtocol === 'SSL'
  return usesTls ? { ca, cert, key, passphrase: keyPassword } : undefined
}

/** The connection as kafkajs wants it. */
export function kafkajsConfig(connection: KafkaSettings): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> {
  return { brokers: connection.brokers, ssl: tlsOptions(connection) ?? false, sasl: kafkajsLogin(connection) }
}

function kafkajsLogin({ brokers, sasl }: KafkaSettings): SASLOptions | undefined {
  if (!sasl) return undefined
  if (sasl.mechanism !== 'AWS_MSK_IAM') return { ...sasl, mechanism: sasl.mechanism.toLowerCase() } as SASLOptions
  const token = createTokenProvider(brokers)
  return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await token() }) }
}

/** The connection as @platformatic/kafka wants it. */
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

function platformaticLogin({ brokers, sasl }: KafkaSettings): BaseOptions['sasl'] {
  if (!sasl) return undefined
  const { mechanism, username, password } = sasl
  if (mechanism !== 'AWS_MSK_IAM') return { mechanism, username, password }
  return { mechanism: 'OAUTHBEARER', token: createTokenProvider(brokers), authBytesValidator: refuseAnswer }
}

/** A broker that refuses a token says why in the answer, not as an error. Source: RFC 7628, section 3.2.2. */
function refuseAnswer(answer: Buffer, callback: (error: Error | null, answer?: Buffer) => void) {
  if (answer.length === 0) return callback(null, answer)
  callback(new CodedError('KAFKA_ACCESS_DENIED', 'The cluster refused the AWS identity.'))
}
