import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type KafkaBroker, startKafka } from '../../local/kafka-broker.ts'

/** A cluster with an authorizer, so that it has ACLs; whoever comes without a login may do everything. */
export async function startAuthorizingKafka(): Promise<KafkaBroker> {
  const broker = await startKafka()
  const settings = [
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users=User:ANONYMOUS',
  ]
  await appendFile(join(broker.dataDir, 'kafka.properties'), `\n${settings.join('\n')}\n`)
  await broker.restart()
  return broker
}
