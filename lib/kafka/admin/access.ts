import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { describeGroupsV5, metadataV12 } from '@platformatic/kafka'
import { CodedError } from '../../error.ts'
import { apiOf, type Client } from '../client/client.ts'
import { type ClusterClient, createClusterClient } from '../client/cluster-client.ts'
import { findCoordinator } from '../client/coordinator.ts'
import { partialAnswer } from '../client/partial-answer.ts'
import { type KafkaSettings, tlsOptions } from '../client/settings.ts'
import { protocolErrorsOf } from '../error.ts'

/** The operations that are checked, with their bit numbers. Source: Apache Kafka, `AclOperation`. */
const operations = { READ: 3, WRITE: 4 } as const
export type Operation = keyof typeof operations

/** A topic as the current login sees it. */
export interface TopicAccess {
  /** 0 if the topic does not exist or the login may not see it. */
  partitions: number
  /** The permitted operations, also on a topic that does not exist; empty if the login may not see it. */
  allowed: Operation[]
}

/**
 * Asks a cluster for the permissions of the login, without changing anything. A cluster without an authorizer permits
 * everything. Source: KIP-430, "Return Authorized Operations in Describe Responses"; Kafka 2.3 or later.
 *
 * All methods throw CodedError `KAFKA_UNAVAILABLE`, `KAFKA_ACCESS_DENIED` or `KAFKA_REJECTED`.
 */
export interface Access {
  /** The advertised `host:port` of all brokers. */
  brokers(): Promise<string[]>
  topic(name: string): Promise<TopicAccess>
  /** The permitted operations on a consumer group, whether it exists or not. */
  group(id: string): Promise<Operation[]>
  close(): Promise<void>
}

/** Enough for any response from a reachable cluster. */
const ANSWER_MS = 10_000

/** These errors are valid results: the login may not see the group or topic. */
const hidden = ['GROUP_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED']

export function createAccess(connection: KafkaSettings, clientId: string): Access {
  const cluster = createClusterClient(connection, clientId)
  return {
    brokers: () => ask(cluster, 'log in', brokersOf),
    topic: name => ask(cluster, `ask for the topic ${name}`, client => topicAccess(client, name)),
    group: id => ask(cluster, `ask for the group ${id}`, client => groupAccess(client, id)),
    close: () => cluster.close(),
  }
}

function ask<T>(cluster: ClusterClient, what: string, use: (client: Client) => Promise<T>): Promise<T> {
  return cluster.attempt(what, AbortSignal.timeout(ANSWER_MS), use)
}

async function brokersOf({ base }: Client): Promise<string[]> {
  const { brokers } = await base.metadata({ topics: [] })
  return Array.from(brokers.values(), ({ host, port }) => `${host}:${port}`)
}

async function topicAccess(client: Client, name: string): Promise<TopicAccess> {
  type Parameters = [string[], boolean, boolean]
  const api = await apiOf<Parameters, metadataV12.MetadataResponse>(client, 'Metadata')
  const [create, includeOperations] = [false, true]
  const answer = await partialAnswer(api.async(await client.anyBroker(), [name], create, includeOperations))
  for (const error of answer.failed.values()) {
    if (!protocolErrorsOf(error).some(name => name === 'UNKNOWN_TOPIC_OR_PARTITION' || hidden.includes(name)))
      throw error
  }
  const [topic] = answer.response.topics
  return {
    partitions: topic?.partitions.length ?? 0,
    allowed: operationsOf(topic?.topicAuthorizedOperations ?? 0),
  }
}

async function groupAccess(client: Client, id: string): Promise<Operation[]> {
  try {
    const coordinator = await findCoordinator(client, 'group', id)
    type Parameters = [string[], boolean]
    const api = await apiOf<Parameters, describeGroupsV5.DescribeGroupsResponse>(client, 'DescribeGroups')
    const { groups } = await api.async(coordinator, [id], true)
    return operationsOf(groups[0]?.authorizedOperations ?? 0)
  } catch (error) {
    if (protocolErrorsOf(error).some(name => hidden.includes(name))) return []
    throw error
  }
}

function operationsOf(bits: number): Operation[] {
  const names = Object.keys(operations) as Operation[]
  return names.filter(name => bits & (1 << operations[name]))
}

/** Far longer than a connection to a reachable broker takes. */
const CONNECT_MS = 5_000

/**
 * Connects to a broker, with TLS if the settings use it, and disconnects at once.
 *
 * @param broker `host:port`
 * @throws CodedError `KAFKA_UNAVAILABLE` with a hint at the cause
 */
export async function reachBroker(broker: string, connection: KafkaSettings): Promise<void> {
  const { hostname, port } = new URL(`tcp://${broker}`)
  const address = { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) }
  const tls = tlsOptions(connection)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Certificates may be issued for IP addresses, but SNI allows host names only.
  const servername = isIP(address.host) ? undefined : address.host
  const socket: Socket = tls ? connectTls({ ...tls, ...address, servername }, resolve) : connectTcp(address, resolve)
  socket.on('error', reject)
  socket.setTimeout(CONNECT_MS, () => reject(new Error(`no answer within ${CONNECT_MS / 1000} s`)))
  try {
    await promise
  } catch (cause) {
    const { message, code = message } = cause as NodeJS.ErrnoException
    throw new CodedError('KAFKA_UNAVAILABLE', `${broker}: ${hints[code] ?? (message || code)}`, { cause })
  } finally {
    socket.destroy()
  }
}

const untrusted = 'its certificate was issued by an authority that isn’t trusted; did the configured CA sign it?'

/** The usual meaning of network errors. */
const hints: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was closed at once; does the port expect another security protocol?',
  EHOSTUNREACH: 'there is no route to this address',
  ENETUNREACH: 'there is no route to this network',
  ENOTFOUND: 'this host name has no address',
  EAI_AGAIN: 'no name server responds',
  EPROTO: 'it doesn’t use TLS; does the port expect another security protocol?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it doesn’t use TLS; does the port expect another security protocol?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate was issued for another host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_HAS_EXPIRED: 'its certificate has expired',
}
