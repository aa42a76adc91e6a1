import { promisify } from 'node:util'
import type { API, Base, BaseOptions, Callback, Connection } from '@platformatic/kafka'
import { type KafkaSettings, platformaticConfig } from './settings.ts'

/** How long leaders and partition counts are taken for true. A leader that moved shows in an error before. */
const METADATA_AGE_MS = 30_000

export type Library = typeof import('@platformatic/kafka')

/** One client's connections to the brokers of a cluster. */
export interface Client {
  library: Library
  base: Base<BaseOptions>
  /** A connection to any broker that lets us in. */
  anyBroker(): Promise<Connection>
}

/**
 * Makes a client, which connects when it is first used and repeats nothing.
 *
 * @param turn counts the clients: each tries another broker first, should one accept connections and never answer
 */
export async function openClient(connection: KafkaSettings, clientId: string, turn: number): Promise<Client> {
  // Loaded with the first record: most invocations of a dump never send one, and a cold start shouldn't wait for it.
  const library = await import('@platformatic/kafka')
  const first = turn % connection.brokers.length
  const config = platformaticConfig(connection)
  const options = {
    ...config,
    clientId,
    bootstrapBrokers: [...config.bootstrapBrokers.slice(first), ...config.bootstrapBrokers.slice(0, first)],
    metadataMaxAge: METADATA_AGE_MS,
    // The invocation's own retry knows how much time is left; the client's would multiply with it.
    retries: 0,
  }
  const base = tolerateLeaderless(new library.Base(options), library)
  const anyBroker = async () => {
    const { brokers } = await base.metadata({ topics: [] })
    return await base.connections.getFirstAvailable([...brokers.values()])
  }
  return { library, base, anyBroker }
}

/** A request of the protocol, in the highest version that both sides know. */
export function apiOf<Arguments extends unknown[], Response>(
  { base, library }: Client,
  name: string,
): Promise<API<Arguments, Response>> {
  const { promise, resolve, reject } = Promise.withResolvers<API<Arguments, Response>>()
  base[library.kGetApi]<Arguments, Response>(name, (error, api) => (api ? resolve(api) : reject(error)))
  return promise
}

/**
 * Makes a client go on when partitions have no leader, as Java's does (Apache Kafka, `Metadata.handleMetadataResponse`). The
 * library takes such an answer for an error: one partition whose only replica is on a stopped broker would keep it from the
 * other partitions of the topic, and from a list of all topics.
 */
export function tolerateLeaderless<Any extends Base<BaseOptions>>(client: Any, library: Library): Any {
  const getApi = client[library.kGetApi].bind(client) as GetApi
  const getLenient: GetApi = (name, callback) =>
    getApi(name, (error, api) => callback(error, name === 'Metadata' && api ? lenient(api) : api))
  return Object.assign(client, { [library.kGetApi]: getLenient })
}

type AnyApi = API<unknown[], unknown>
type GetApi = (name: string, callback: Callback<AnyApi>) => void

/** What a broker answers with an error for each part of it that has one. */
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
