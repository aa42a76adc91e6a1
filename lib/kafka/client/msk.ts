import type { GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka'
import { CodedError } from '../../error.ts'
import { protocolUses, type SaslMechanism, type SecurityProtocol } from './settings.ts'

/** How a client connects, which decides which of the cluster's listeners it uses. */
interface Listener {
  securityProtocol?: SecurityProtocol
  mechanism?: SaslMechanism
}

/**
 * Asks AWS for the brokers of an Amazon MSK cluster. The caller needs the permission `kafka:GetBootstrapBrokers` and network
 * access to AWS's API.
 *
 * @param arn ARN of the cluster
 * @returns `host:port` of each broker
 * @throws CodedError `KAFKA_ACCESS_DENIED`, `KAFKA_UNAVAILABLE`, or `KAFKA_REJECTED` when the cluster has no such listener
 */
export async function findBrokers(arn: string, listener: Listener): Promise<string[]> {
  // Loaded only when no brokers are configured.
  const { GetBootstrapBrokersCommand, KafkaClient } = await import('@aws-sdk/client-kafka')
  const client = new KafkaClient({
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000 },
    maxAttempts: 2,
  })
  try {
    const found = await client.send(new GetBootstrapBrokersCommand({ ClusterArn: arn }))
    const brokers = found[nameOf(listener)]
    if (brokers) return brokers.split(',')
  } catch (cause) {
    const message = `Could not ask AWS for the brokers of the MSK cluster: ${(cause as Error).message || cause}`
    const isDenied = (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 403
    throw new CodedError(isDenied ? 'KAFKA_ACCESS_DENIED' : 'KAFKA_UNAVAILABLE', message, { cause })
  } finally {
    client.destroy()
  }
  const { securityProtocol = 'PLAINTEXT', mechanism = 'no login' } = listener
  throw new CodedError('KAFKA_REJECTED', `The MSK cluster has no listener for ${securityProtocol} with ${mechanism}`)
}

/** Source: Amazon MSK API Reference, `GetBootstrapBrokers`. MSK has one listener for all mechanisms with a password. */
const saslListeners: Record<SaslMechanism, keyof GetBootstrapBrokersResponse> = {
  PLAIN: 'BootstrapBrokerStringSaslScram',
  'SCRAM-SHA-256': 'BootstrapBrokerStringSaslScram',
  'SCRAM-SHA-512': 'BootstrapBrokerStringSaslScram',
  AWS_MSK_IAM: 'BootstrapBrokerStringSaslIam',
}

function nameOf({ securityProtocol = 'PLAINTEXT', mechanism }: Listener): keyof GetBootstrapBrokersResponse {
  if (mechanism) return saslListeners[mechanism]
  return protocolUses[securityProtocol].tls ? 'BootstrapBrokerStringTls' : 'BootstrapBrokerString'
}
