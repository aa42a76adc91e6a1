import type { PartitionAssigner } from 'kafkajs'
import kafkajs from 'kafkajs'
import { decodeFetch, FETCH_VERSION } from './fetch-response.ts'

/** What kafkajs sends and how it reads the answer. */
interface Exchange {
  request: { apiVersion: number }
  response: { decode(bytes: Buffer): Promise<unknown> }
}

interface FetchRequest {
  topics: { topic: string; partitions: { partition: number; fetchOffset: string }[] }[]
}

type Lookup = (apiKey: number, versions: unknown) => (request: never) => Exchange

/** The part of kafkajs's brokers that is needed here. A broker looks requests up again after each connect. */
interface Broker {
  lookupRequest: Lookup
}

/** Source: Apache Kafka, protocol guide, "Api Keys". */
const FETCH = 1

/**
 * Lets one consumer of kafkajs read record batches whole: what it calls a message is a {@link FetchedBatch} then. kafkajs decodes each
 * record into a dozen objects, with 64-bit numbers of their own, which is most of what a consumer costs. It has no setting for
 * that. An assigner of partitions is where it hands out the consumer's cluster, and a change of that cluster reaches no other consumer of
 * the process; the assigner is the usual one.
 */
export const wholeBatches: PartitionAssigner = context => {
  const cluster = context.cluster as unknown as { findBroker(node: object): Promise<Broker> }
  const findBroker = cluster.findBroker.bind(cluster)
  const ours = new WeakSet<Lookup>()
  // kafkajs asks for the broker before each fetch.
  cluster.findBroker = async node => {
    const broker = await findBroker(node)
    if (!ours.has(broker.lookupRequest)) {
      broker.lookupRequest = readingBatches(broker.lookupRequest)
      ours.add(broker.lookupRequest)
    }
    return broker
  }
  return kafkajs.PartitionAssigners.roundRobin(context)
}

function readingBatches(lookup: Lookup): Lookup {
  return (apiKey, versions) => {
    const create = lookup(apiKey, versions)
    return apiKey === FETCH ? request => withBatches(create(request), request) : create
  }
}

/** An older broker's answer, and one with records of before Kafka 0.11, is left to kafkajs. */
function withBatches({ request, response, ...others }: Exchange, { topics }: FetchRequest): Exchange {
  if (request.apiVersion !== FETCH_VERSION) return { request, response, ...others }
  const asked = new Map(
    topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, fetchOffset }) => [`${topic}/${partition}`, Number(fetchOffset)]),
    ),
  )
  const offsetOf = (topic: string, partition: number) => asked.get(`${topic}/${partition}`) ?? 0
  const decode = async (bytes: Buffer) => decodeFetch(bytes, offsetOf) ?? response.decode(bytes)
  return { request, response: { ...response, decode }, ...others }
}
