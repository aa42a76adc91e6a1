import { setTimeout as sleep } from 'node:timers/promises'
import { ProgressLine } from '../lib/connectors/commands/progress-line.ts'
import { createProducer } from '../lib/kafka/produce/producer.ts'
import type { OutgoingRecord } from '../lib/record.ts'
import { type ChosenTopic, chosenTopic, isLocal } from './chosen-topic.ts'
import { commandLine } from './command-line.ts'
import { order } from './orders.ts'
import { fileRecords } from './record-file.ts'
import { createTopics, emptyTopic } from './topics.ts'

export interface ProduceOptions {
  /** The number of records; if not given, all of a file, 10 samples, or with a rate as many as come until Ctrl-C. */
  count?: number
  topic?: string
  /** Records per second; as fast as possible if not given. */
  rate?: number
  /** Whether records have the time at which they are sent, instead of their own. */
  now?: boolean
  /** Whether the topic's records are deleted first. */
  clean?: boolean
  /** Whether that is also done on another machine's cluster. */
  yes?: boolean
  /** A file of records, one as JSON in each line, or `-` for standard input; sample orders if not given. */
  file?: string
  /** Ends the sending; what was sent is told all the same. */
  signal: AbortSignal
}

const SAMPLES = 10
const PARTITIONS = 3

/** With a rate, records are sent this often, in milliseconds. */
const TICK_MS = 100
/** The most records of a request, which bounds memory. */
const MOST = 5_000
/** How long the cluster may take for one request, in milliseconds. */
const SEND_MS = 60_000

/** Sends records to a topic, and tells how many. Creates the topic if it is missing. */
export async function produce(options: ProduceOptions): Promise<void> {
  const chosen = await chosenTopic(options.topic)
  const { connection, topic } = chosen
  await createTopics(connection, { [topic]: PARTITIONS })
  if (options.clean) await clean(chosen, options.yes ?? false)
  const begun = performance.now()
  const sent = await send(chosen, options)
  const seconds = (performance.now() - begun) / 1000
  const rate = options.rate === undefined ? '' : ` (${(sent / seconds).toFixed(1)} per second)`
  console.log(`${sent} ${sent === 1 ? 'record is' : 'records are'} in ${topic}${rate}.`)
}

async function clean({ connection, topic }: ChosenTopic, isConfirmed: boolean): Promise<void> {
  if (!isConfirmed && !isLocal(connection))
    throw new Error(
      `${connection.brokers.join(', ')} is another machine’s cluster. To delete the records of ${topic} there, repeat with --yes: ${commandLine('produce', '--clean --yes …')}`,
    )
  const deleted = await emptyTopic(connection, topic)
  console.log(`${deleted} ${deleted === 1 ? 'record was' : 'records were'} deleted from ${topic}.`)
}

/** @returns how many records the cluster has stored */
async function send({ connection, topic }: ChosenTopic, options: ProduceOptions): Promise<number> {
  const { rate, signal } = options
  const producer = createProducer(connection, { clientId: 'produce' })
  const line = new ProgressLine()
  const begun = performance.now()
  let sent = 0
  try {
    const partitions = await producer.partitions(topic, Date.now() + SEND_MS)
    for await (const records of parts(recordsOf(options, partitions), options, () => dueAt(rate, begun) - sent)) {
      await producer.send(topic, records, Date.now() + SEND_MS)
      sent += records.length
      line.show(() => `${sent} records`)
      if (signal.aborted) break
    }
  } finally {
    line.clear()
    await producer.close()
  }
  return sent
}

/** How many records should have been sent by now. */
function dueAt(rate: number | undefined, begun: number): number {
  if (rate === undefined) return Number.POSITIVE_INFINITY
  return 1 + Math.floor(((performance.now() - begun) / 1000) * rate)
}

/** The records in parts, each when it is due. */
async function* parts(
  records: AsyncGenerator<OutgoingRecord>,
  { now = false, signal }: ProduceOptions,
  due: () => number,
): AsyncGenerator<OutgoingRecord[]> {
  for (let isOver = false; !isOver && !signal.aborted; ) {
    const size = Math.min(due(), MOST)
    if (size < 1) {
      await sleep(TICK_MS, undefined, { signal }).catch(() => {})
      continue
    }
    const part: OutgoingRecord[] = []
    while (part.length < size && !isOver) {
      const { value, done } = await records.next()
      if (done) isOver = true
      else part.push(now ? { ...value, timestamp: Date.now() } : value)
    }
    if (part.length > 0) yield part
  }
}

/** @param partitions the topic's number of them, over which samples are spread */
async function* recordsOf(
  { file, count, rate, signal }: ProduceOptions,
  partitions: number,
): AsyncGenerator<OutgoingRecord> {
  const most = count ?? (file === undefined && rate === undefined ? SAMPLES : Number.POSITIVE_INFINITY)
  let sent = 0
  for await (const record of file === undefined ? samples(partitions) : fileRecords(file, signal)) {
    yield record
    // Before the next one is read: standard input may have none for long.
    if (++sent >= most) return
  }
}

/** Sample orders, without end. */
function* samples(partitions: number): Generator<OutgoingRecord> {
  for (let index = 0; ; index++) yield { ...order(index), partition: index % partitions }
}
