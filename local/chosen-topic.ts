import { brokerList } from '../lib/config/kafka.ts'
import { TOPIC_NAME_EXPECTED, topicName } from '../lib/config/variable.ts'
import type { KafkaSettings } from '../lib/kafka/client/settings.ts'
import { runningStack } from './state-folder.ts'

/** A topic on a cluster. */
export interface ChosenTopic {
  connection: KafkaSettings
  topic: string
}

/** The topic of the sample records, where no service says another one. */
const SAMPLE_TOPIC = 'orders'

/**
 * The topic that a command is about: on the cluster in `KAFKA_BROKERS`, or on that of the stack that runs for this folder, whose
 * second cluster has the topics that are read from there.
 *
 * @param named the first topic of the stack if not given
 * @throws an error that says what is wrong or missing
 */
export async function chosenTopic(named?: string): Promise<ChosenTopic> {
  if (named !== undefined && !topicName().safeParse(named).success)
    throw new Error(`${named} is not a valid topic name: expected ${TOPIC_NAME_EXPECTED}.`)
  const given = process.env.KAFKA_BROKERS
  if (given) return { connection: connectionTo(given, 'KAFKA_BROKERS'), topic: named ?? SAMPLE_TOPIC }
  const { brokers, target, topics, targetTopics } = await runningStack()
  const topic = named ?? topics[0] ?? targetTopics[0] ?? SAMPLE_TOPIC
  const isOnTarget = target !== undefined && !topics.includes(topic) && targetTopics.includes(topic)
  return { connection: connectionTo(isOnTarget ? target : brokers, 'the brokers'), topic }
}

function connectionTo(text: string, name: string): KafkaSettings {
  const { data: brokers } = brokerList().safeParse(text)
  if (!brokers) throw new Error(`${name}: expected host:port, several separated by commas, got ${text}`)
  return { brokers, securityProtocol: 'PLAINTEXT' }
}

/** Whether all brokers are on this machine. */
export function isLocal({ brokers }: KafkaSettings): boolean {
  return brokers.every(broker => /^(localhost|127\.[\d.]+|\[::1\]):\d+$/.test(broker))
}
