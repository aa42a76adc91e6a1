import { pbkdf2Sync, randomBytes } from 'node:crypto'
import type { alterUserScramCredentialsV0 } from '@platformatic/kafka'
import { apiOf } from '../../lib/kafka/client/client.ts'
import { createClusterClient } from '../../lib/kafka/client/cluster-client.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { untilApplied } from './applied-changes.ts'

/** Number of the mechanism in the protocol, its hash and its bytes. Source: Apache Kafka, `ScramMechanism`. */
const SCRAM_SHA_512 = { mechanism: 2, digest: 'sha512', bytes: 64 }
const ITERATIONS = 4096

/**
 * Makes a user for SCRAM-SHA-512, or gives it another password, as `kafka-configs.sh --alter` does. The broker refuses the old one
 * from then on.
 */
export async function setScramPassword(admin: KafkaSettings, name: string, password: string): Promise<void> {
  const { mechanism, digest, bytes } = SCRAM_SHA_512
  const salt = randomBytes(24)
  const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, bytes, digest)
  const cluster = createClusterClient(admin, 'scram-user')
  try {
    await cluster.attempt('set a password', AbortSignal.timeout(30_000), async client => {
      type Response = alterUserScramCredentialsV0.AlterUserScramCredentialsResponse
      const api = await apiOf<unknown[], Response>(client, 'AlterUserScramCredentials')
      const user = { name, mechanism, iterations: ITERATIONS, salt, saltedPassword }
      await api.async(await client.anyBroker(), [], [user])
    })
  } finally {
    await cluster.close()
  }
  await untilApplied(admin)
}
