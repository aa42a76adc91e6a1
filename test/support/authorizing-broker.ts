import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'

/** A cluster with an authorizer, so that it has ACLs. Clients that come without a login may do everything. */
export function startAuthorizingKafka(): Promise<KafkaBroker> {
  const settings = [
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
  ]
  return startKafka({ settings })
}
