import { promisify } from 'node:util'
import type { API, Base, BaseOptions, Callback, Connection } from '@platformatic/kafka'
import { type KafkaSettings, platformaticConfig } from './settings.ts'

/** How long leaders and partition counts are cached. A moved leader causes an error, which reconnects, before that. */
const METADATA_AGE_MS = 30_000

/**
 * Most requests that wait for answers on one connection. All partitions that a broker leads share it, and each has one request
 * at a time, so their order doesn't depend on this number. With the library's 5, hundreds of partitions would wait for the
 * round trips of each other.
 */
const MAX_IN_FLIGHT = 200

export type Library = typeof import('@platformatic/kafka')

/** One client's connections to the brokers of a cluster. */
export interface Client {
  library: Library
  base: Base<BaseOptions>
  /** A connection to any broker that lets us in. */
  anyBroker(): Promise<Connection>
}

/**
 * Creates a client, which connects on first use and retries nothing.
 *
 * @param turn number of the client: each tries a different broker first, in case one accepts connections but never responds
 */
export async function openClient(connection: KafkaSettings, clientId: string, turn: number): Promise<Client> {
  // Loaded with the first record: most dump invocations never send one, and it would slow down a cold start.
  const library = await import('@platformatic/kafka')
  const first = turn % connection.brokers.length
  const config = platformaticConfig(connection)
  const options = {
    ...config,
    clientId,
    bootstrapBrokers: [...config.bootstrapBrokers.slice(first), ...config.bootstrapBrokers.slice(0, first)],
    metadataMaxAge: METADATA_AGE_MS,
    maxInflights: MAX_IN_FLIGHT,
    // The invocation's own retries know how much time is left; the client's would multiply them.
    retries: 0,
  }
  const base = tolerateLeaderless(new library.Base(options), library)
  const anyBroker = async () => {
    const { brokers } = await base.metadata({ topics: [] })
    return await base.connections.getFirstAvailable([...brokers.values()])
  }
  return { library, base, anyBroker }
}

/** Finds a request of the protocol in the highest version that both sides support. */
export function apiOf<Arguments extends unknown[], Response>(
  { base, library }: Pick<Client, 'base' | 'library'>,
  name: string,
): Promise<API<Arguments, Response>> {
  const { promise, resolve, reject } = Promise.withResolvers<API<Arguments, Response>>()
  base[library.kGetApi]<Arguments, Response>(name, (error, api) => (api ? resolve(api) : reject(error)))
  return promise
}

/**
 * Makes a client accept metadata with leaderless partitions, as Java's does (Apache Kafka,
 * `Metadata.handleMetadataResponse`). The library treats such a response as an error: one partition whose only replica is on
 * a stopped broker would block the topic's other partitions and the list of all topics.
 */
export function tolerateLeaderless<Any extends Base<BaseOptions>>(client: Any, library: Library): Any {
  const getApi = client[library.kGetApi].bind(client) as GetApi
  const getLenient: GetApi = (name, callback) =>
    getApi(name, (error, api) => callback(error, name === 'Metadata' && api ? lenient(api) : api))
  return Object.assign(client, { [library.kGetApi]: getLenient })
}

type AnyApi = API<unknown[], unknown>
type GetApi = (name: string, callback: Callback<AnyApi>) => void

/** The library's error for a response that contains errors, with an entry for each part that failed. */
interface ResponseError extends Error {
  errors?: { path?: string }[]
  response?: unknown
}

function lenient(api: AnyApi): AnyApi {
  const call = (connection: Connection, ...parameters: unknown[]) => {
    const callback = parameters.pop() as Callback<unknown>
    const told: Callback<unknown> = (error, response) => {
      const { errors = [], response: partly } = (error ?? {}) as ResponseError
      const onlyPartitions = errors.length > 0 && errors.every(({ path }) => path?.includes('/partitions/'))
      return onlyPartitions && partly ? callback(null, partly) : callback(error, response)
    }
    api(connection, ...parameters, told)
  }
  return Object.assign(call, api, { async: promisify(call) }) as AnyApi
}
