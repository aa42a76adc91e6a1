import type { GetBootstrapBrokersResponse } from '@aws-sdk/client-kafka'
import { CodedError } from '../../error.ts'

/** How a cluster is entered, in Kafka's words: that decides which of its listeners to take. */
interface Listener {
  securityProtocol?: string
  mechanism?: string
}

/**
 * The brokers of an Amazon MSK cluster, asked of AWS. Whoever asks needs `kafka:GetBootstrapBrokers` and a way to AWS's API.
 *
 * @param arn the cluster's
 * @returns `host:port` each
 * @throws CodedError `KAFKA_UNAVAILABLE`, or `KAFKA_REJECTED` when the cluster can't be entered that way
 */
export async function findBrokers(arn: string, listener: Listener): Promise<string[]> {
  // Loaded only where no brokers are given.
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
    const message = `AWS doesn’t tell the brokers of the MSK cluster: ${(cause as Error).message || cause}`
    throw new CodedError('KAFKA_UNAVAILABLE', message, { cause })
  } finally {
    client.destroy()
  }
  const { securityProtocol = 'PLAINTEXT', mechanism = 'no login' } = listener
  throw new CodedError('KAFKA_REJECTED', `The MSK cluster has no listener for ${securityProtocol} with ${mechanism}`)
}

/** Source: Amazon MSK API Reference, `GetBootstrapBrokers`. */
function nameOf({ securityProtocol, mechanism }: Listener): keyof GetBootstrapBrokersResponse {
  if (mechanism === 'AWS_MSK_IAM') return 'BootstrapBrokerStringSaslIam'
  if (mechanism) return 'BootstrapBrokerStringSaslScram'
  return securityProtocol === 'SSL' ? 'BootstrapBrokerStringTls' : 'BootstrapBrokerString'
}
