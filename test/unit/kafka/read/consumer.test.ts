import { jest } from '@jest/globals'
import { type Consumer, type ConsumerConfig, Kafka } from 'kafkajs'
import { createConsumer } from '../../../../lib/kafka/read/consumer.ts'
import { freePorts } from '../../../../local/ports.ts'

afterEach(() => jest.restoreAllMocks())

// After a crash nobody waits for the restart: its error would end the process.
test('a consumer whose connections can’t be closed after a failed attempt to join makes the next attempt', async () => {
  const { consumer: create } = Kafka.prototype
  const { promise: isTriedAgain, resolve } = Promise.withResolvers<void>()
  const disconnect = jest.fn<Consumer['disconnect']>(async () => {
    if (disconnect.mock.calls.length > 1) resolve()
    else throw new Error('the connection can’t be closed')
  })
  jest.spyOn(Kafka.prototype, 'consumer').mockImplementation(function (this: Kafka, config?: ConsumerConfig) {
    return { ...create.call(this, config as ConsumerConfig), disconnect }
  })
  const [port] = await freePorts(1)
  const onTrouble = jest.fn()
  const consumer = createConsumer(
    { brokers: [`127.0.0.1:${port}`], securityProtocol: 'PLAINTEXT' },
    {
      ...{ topic: 'orders', groupId: 'group', startingPosition: { type: 'TRIM_HORIZON' }, onTrouble },
      ...{ onAssigned() {}, onRecreated() {}, onFetch: async () => true },
    },
  )
  const started = consumer.start()
  await Promise.race([isTriedAgain, started])
  await consumer.stop()
  await expect(started).resolves.toBeUndefined()
  expect(onTrouble).toHaveBeenCalled()
})
