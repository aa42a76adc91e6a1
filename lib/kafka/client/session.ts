import type { Base, BaseOptions } from '@platformatic/kafka'
import { Renewal } from '../../secrets/renewal.ts'
import { kafkaError } from '../error.ts'
import { CachedClient } from './cached-client.ts'
import { type Library, tolerateLeaderless } from './client.ts'
import { type KafkaSettings, platformaticConfig } from './settings.ts'

/**
 * A client that is opened when it is first used, anew after an error, and with new secrets when the old ones are refused.
 * Nothing else is repeated here; whoever asks knows how much time is left.
 */
export interface Session<Client> {
  /**
   * @param what fits behind "Could not"
   * @throws CodedError `KAFKA_UNAVAILABLE` (retryable), `KAFKA_ACCESS_DENIED` or `KAFKA_REJECTED`
   */
  ask<T>(what: string, run: (client: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function createSession<Client extends Base<BaseOptions>>(
  connection: KafkaSettings,
  clientId: string,
  create: (library: Library, options: BaseOptions) => Client,
): Session<Client> {
  const renewal = new Renewal(connection)
  const kept = new CachedClient(open, client => client.close())

  async function open(connection: KafkaSettings): Promise<Client> {
    // Loaded with the first question: a cold start shouldn't wait for it.
    const library = await import('@platformatic/kafka')
    return tolerateLeaderless(create(library, { ...platformaticConfig(connection), clientId, retries: 1 }), library)
  }

  async function askOnce<T>(connection: KafkaSettings, what: string, run: (client: Client) => Promise<T>) {
    const opened = kept.of(connection)
    try {
      return await run(await opened.client)
    } catch (error) {
      // A new connection finds brokers that were moved or restarted.
      await kept.close(opened).catch(() => {})
      throw kafkaError(error, what)
    }
  }

  return {
    ask: (what, run) => renewal.run('KAFKA_ACCESS_DENIED', connection => askOnce(connection, what, run)),
    close: () => kept.close(),
  }
}
