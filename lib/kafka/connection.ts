import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { KafkaConfig, SASLOptions } from 'kafkajs'

export const securityProtocols = ['PLAINTEXT', 'SASL_PLAINTEXT', 'SASL_SSL', 'SSL'] as const
export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

export type SecurityProtocol = (typeof securityProtocols)[number]
export type SaslMechanism = (typeof saslMechanisms)[number]

/** How to reach one Kafka cluster. The names are those of Kafka's own client settings. */
export interface KafkaConnection {
  /** `host:port` of one or more brokers. */
  brokers: string[]
  securityProtocol: SecurityProtocol
  /** Required for SASL_PLAINTEXT and SASL_SSL. */
  sasl?: { mechanism: SaslMechanism; username: string; password: string }
  /** PEM of the certificate authority that signed the brokers' certificates; absent: the system's authorities. */
  ca?: string
  /** PEM of the client's certificate and its private key, for mutual TLS. */
  cert?: string
  key?: string
}

/** TLS settings for SASL_SSL and SSL, undefined for a protocol without TLS. Both clients hand them to `node:tls`. */
export function tlsOptions({ securityProtocol, ca, cert, key }: KafkaConnection): TlsOptions | undefined {
  return securityProtocol === 'SASL_SSL' || securityProtocol === 'SSL' ? { ca, cert, key } : undefined
}

/** The connection as kafkajs wants it. */
export function kafkajsConfig(connection: KafkaConnection): Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl'> {
  const { sasl } = connection
  return {
    brokers: connection.brokers,
    ssl: tlsOptions(connection) ?? false,
    sasl: sasl && ({ ...sasl, mechanism: sasl.mechanism.toLowerCase() } as SASLOptions),
  }
}
