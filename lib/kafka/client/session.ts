import type { Base, BaseOptions } from '@platformatic/kafka'
import { RenewedClient } from '../../secrets/renewed-client.ts'
import { kafkaError } from '../error.ts'
import { type Library, tolerateLeaderless } from './client.ts'
import { type KafkaSettings, platformaticConfig } from './settings.ts'

/**
 * A client that is opened on first use, again after an error, and with new secrets if the old ones are refused. Nothing
 * else is retried here, because the caller knows how much time is left.
 */
export interface Session<Client> {
  /**
   * @param what completes "Could not …"
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
  async function open(connection: KafkaSettings): Promise<Client> {
    // Loaded with the first request, so that a cold start doesn't wait for it.
    const library = await import('@platformatic/kafka')
    return tolerateLeaderless(create(library, { ...platformaticConfig(connection), clientId, retries: 1 }), library)
  }

  const renewed = new RenewedClient(connection, {
    open,
    close: client => client.close(),
    refusal: 'KAFKA_ACCESS_DENIED',
    // A new connection finds moved or restarted brokers.
    closesOn: () => true,
  })
  return {
    ask: (what, run) => renewed.use(run, thrown => kafkaError(thrown, what)),
    close: () => renewed.close(),
  }
}
