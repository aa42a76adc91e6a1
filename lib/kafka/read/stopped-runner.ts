import kafkajs from 'kafkajs'
import Runner from 'kafkajs/src/consumer/runner.js'

let isMended = false

/**
 * Lets consumers of kafkajs that are stopped end. kafkajs makes its fetchers again when the brokers have changed. A stop in that
 * moment misses the new ones: they ask a runner that is stopped, which answers at once, again and again, and nothing else of the
 * process ever runs. An error ends them, and the consumer leaves its group.
 */
export function endStoppedRunners(): void {
  if (isMended) return
  isMended = true
  const { fetch } = Runner.prototype
  Runner.prototype.fetch = async function (nodeId) {
    if (!this.running) throw new kafkajs.KafkaJSNonRetriableError('the consumer is stopped')
    return await fetch.call(this, nodeId)
  }
}
