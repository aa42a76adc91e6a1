import kafkajs from 'kafkajs'
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js'
import Runner from 'kafkajs/src/consumer/runner.js'

let areMended = false

/** Changes what runs the consumers of kafkajs where it would never continue. */
export function mendRunners(): void {
  if (areMended) return
  areMended = true
  endStopped()
  crashWithoutMembership()
}

/**
 * Lets consumers that are stopped end. kafkajs makes its fetchers again when the brokers have changed. A stop in that moment misses the
 * new ones: they ask a runner that is stopped, which answers at once, again and again, and nothing else of the process ever
 * runs. An error ends them, and the consumer leaves its group.
 */
function endStopped(): void {
  const { fetch } = Runner.prototype
  Runner.prototype.fetch = async function (nodeId) {
    if (!this.running) throw new kafkajs.KafkaJSNonRetriableError('the consumer is stopped')
    return await fetch.call(this, nodeId)
  }
}

/**
 * Lets consumers crash that can't join their group. When the request gets lost, kafkajs tries again to read instead of to join. A
 * member that its group has put out has no number then, and sends no heartbeats that would tell it so: it reads on, and none of
 * its commits succeeds. Whoever runs a consumer starts it again after a crash.
 */
function crashWithoutMembership(): void {
  const { joinAndSync } = ConsumerGroup.prototype
  ConsumerGroup.prototype.joinAndSync = async function () {
    try {
      await joinAndSync.call(this)
    } catch (error) {
      throw new kafkajs.KafkaJSNonRetriableError(error as Error)
    }
  }
}
