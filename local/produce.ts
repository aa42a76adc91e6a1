import { brokerList } from '../lib/config/kafka.ts'
import { TOPIC_NAME_EXPECTED, topicName } from '../lib/config/variable.ts'
import { runCommand } from './command.ts'
import { orders, produce } from './orders.ts'
import { createTopics } from './topics.ts'

/** `npm run produce -- [count] [topic]`: sends order records to the brokers in KAFKA_BROKERS. Creates the topic if it is missing. */
const [count = '10', topic = 'orders'] = process.argv.slice(2)
const { data: brokers } = brokerList().safeParse(process.env.KAFKA_BROKERS)
if (!brokers || !/^[1-9]\d*$/.test(count)) {
  console.error(
    'Usage: KAFKA_BROKERS=host:port npm run produce -- [count] [topic]\n`npm start` prints the brokers to use.',
  )
  process.exit(2)
}
await runCommand(async () => {
  if (!topicName().safeParse(topic).success)
    throw new Error(`${topic} is not a valid topic name: expected ${TOPIC_NAME_EXPECTED}.`)
  const connection = { brokers, securityProtocol: 'PLAINTEXT' } as const
  await createTopics(connection, { [topic]: 3 })
  const records = await produce(connection, topic, orders(Number(count)))
  console.log(`${records.length} records are in ${topic}.`)
})
