/** The cluster of the trigger. */
interface Cluster {
  securityProtocol: keyof typeof protocols
  sasl?: { mechanism: keyof typeof authenticationModes }
  ca?: string
  cert?: string
  key?: string
}

export interface TriggerSettings {
  topic: string
  consumerGroup: string
  /** `binary` keeps bytes; `string` distinguishes a tombstone from an empty value. */
  dataType: 'binary' | 'string'
  source: Cluster
}

/** Source: Azure Functions, "Apache Kafka trigger", attributes `protocol` and `authenticationMode`. */
const protocols = { PLAINTEXT: 'Plaintext', SASL_PLAINTEXT: 'SaslPlaintext', SASL_SSL: 'SaslSsl', SSL: 'Ssl' } as const
const authenticationModes = {
  PLAIN: 'Plain',
  'SCRAM-SHA-256': 'ScramSha256',
  'SCRAM-SHA-512': 'ScramSha512',
} as const

/**
 * The trigger's binding for the host of Azure Functions. The host replaces names between percent signs with app settings, so
 * the function's metadata contains no secret.
 */
export function kafkaTrigger({ topic, consumerGroup, dataType, source }: TriggerSettings) {
  const { securityProtocol, sasl, ca, cert, key } = source
  return {
    type: 'kafkaTrigger',
    name: 'records',
    direction: 'in',
    topic,
    consumerGroup,
    brokerList: '%SOURCE_KAFKA_BROKERS%',
    protocol: protocols[securityProtocol],
    ...(sasl && {
      authenticationMode: authenticationModes[sasl.mechanism],
      username: '%SOURCE_KAFKA_USERNAME%',
      password: '%SOURCE_KAFKA_PASSWORD%',
    }),
    ...(ca && { sslCaPEM: '%SOURCE_KAFKA_CA%' }),
    ...(cert && { sslCertificatePEM: '%SOURCE_KAFKA_CERT%' }),
    ...(key && { sslKeyPEM: '%SOURCE_KAFKA_KEY%' }),
    cardinality: 'MANY',
    dataType,
    ...(dataType === 'binary' && { keyDataType: 'Binary' }),
  }
}
