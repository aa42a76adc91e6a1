import { parseArgs } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'

/** The bare consumer of kafkajs: fetches a topic, commits, and does nothing with the records. */
const { values } = parseArgs({ options: { topic: { type: 'string' }, group: { type: 'string' } } })
const { topic = '', group = '' } = values
const { SOURCE_KAFKA_BROKERS = '' } = process.env

const consumer = new Kafka({ brokers: SOURCE_KAFKA_BROKERS.split(','), logLevel: logLevel.NOTHING }).consumer({
  groupId: group,
})
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({ async eachBatch() {} })
