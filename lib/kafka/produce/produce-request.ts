import type { API, Connection, produceV11 } from '@platformatic/kafka'
import { freeBuffer } from '../../free-buffer.ts'
import type { OutgoingRecord, TopicPartition } from '../../record.ts'
import { apiOf, type Client } from '../client/client.ts'
import type { ClusterClient } from '../client/cluster-client.ts'
import type { Codec } from '../codec.ts'
import { encodeBatch, type Identity } from './record-batch.ts'
import { refusalOf } from './refusal.ts'

export interface ProduceRequest extends TopicPartition {
  /** At least one. */
  records: OutgoingRecord[]
  codec: Codec
  identity: Identity
  /** Sequence number of the first record, counted per producer and partition. */
  sequence: number
  /** Present when the records are part of a transaction. */
  transactionalId?: string
}

type ProduceResponse = produceV11.ProduceResponse

const PRODUCE = 0
const ALL_REPLICAS = -1

/** How long the broker waits for its replicas. Shorter than the request timeout, so that the broker can still respond. */
const REPLICAS_TIMEOUT_MS = 10_000

/** The first version whose requests and responses use the compact encoding. Source: Apache Kafka, `ProduceRequest.json`. */
const FIRST_COMPACT_VERSION = 9

/**
 * Sends one request to the partition's leader and returns the offset of its first record.
 *
 * @param signal nothing is sent once it has aborted: a later attempt may have stored the records already
 * @throws BatchRefusedError
 * @throws the client's errors
 */
export async function produce(
  cluster: ClusterClient,
  client: Client,
  produced: ProduceRequest,
  signal: AbortSignal,
): Promise<number> {
  const { topic, partition, records, codec, identity, sequence, transactionalId } = produced
  const header = { identity, sequence, transactional: transactionalId !== undefined }
  const [connection, api, batch] = await Promise.all([
    cluster.leader(client, topic, partition),
    apiOf<unknown[], ProduceResponse>(client, 'Produce'),
    encodeBatch(records, header, codec, client.library),
  ])
  signal.throwIfAborted()
  const { responses } = await sendBatch(client, connection, api, produced, batch).catch(thrown => {
    throw refusalOf(thrown, { topic, partition }) ?? thrown
  })
  // The broker has it. Left to the garbage collector, the memory of many requests would add up.
  freeBuffer(batch)
  return Number(responses[0]?.partitionResponses[0]?.baseOffset)
}

function sendBatch(
  { library }: Client,
  connection: Connection,
  { version }: API<unknown[], ProduceResponse>,
  { topic, partition, transactionalId }: ProduceRequest,
  batch: Buffer,
): Promise<ProduceResponse> {
  const compact = version >= FIRST_COMPACT_VERSION
  const { parseResponse } = library[`produceV${version}` as 'produceV11']
  const payload = () => {
    const writer = library.Writer.create()
      .appendString(transactionalId, compact)
      .appendInt16(ALL_REPLICAS)
      .appendInt32(REPLICAS_TIMEOUT_MS)
      .appendArray(
        [topic],
        topics =>
          topics
            .appendString(topic, compact)
            .appendArray([partition], one => one.appendInt32(partition).appendBytes(batch, compact), compact, compact),
        compact,
        compact,
      )
    return compact ? writer.appendTaggedFields() : writer
  }
  const { promise, resolve, reject } = Promise.withResolvers<ProduceResponse>()
  connection.send<ProduceResponse>(PRODUCE, version, payload, parseResponse, compact, compact, (error, response) =>
    response && !error ? resolve(response) : reject(error),
  )
  return promise
}
