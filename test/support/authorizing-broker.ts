import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'

/**
 * A cluster with an authorizer, so that it has ACLs. Clients that come without a login may do everything.
 *
 * @param more lines for the broker's properties
 */
export function startAuthorizingKafka(more: string[] = []): Promise<KafkaBroker> {
  const settings = [
    ...more,
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
  ]
  return startKafka({ settings })
}
