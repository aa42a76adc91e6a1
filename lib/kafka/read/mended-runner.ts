import kafkajs, { type PartitionAssigner } from 'kafkajs'
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js'
import Runner from 'kafkajs/src/consumer/runner.js'

/** The clusters of mended consumers: each consumer of kafkajs has a cluster of its own. */
const mendedClusters = new WeakSet<object>()
let arePatched = false

/**
 * Mends the consumers with this assigner where kafkajs would stand still for good. The consumer has to be restarted after each crash.
 *
 * kafkajs makes a consumer's runner and group itself, and hands out neither. So their classes are changed, once, and the changes
 * apply only where the consumer's cluster is known here, which an assigner gets: every other consumer of the process stays
 * as kafkajs has it.
 */
export function mended(assigner: PartitionAssigner): PartitionAssigner {
  if (!arePatched) {
    arePatched = true
    endStopped()
    crashWhereJoiningFails()
    noticeLostMembership()
  }
  return context => {
    mendedClusters.add(context.cluster)
    return assigner(context)
  }
}

/**
 * Lets consumers that are stopped end. kafkajs makes its fetchers again when the brokers have changed. A stop in that moment misses the
 * new ones: they ask a runner that is stopped, which answers at once, again and again, and nothing else of the process ever
 * runs. An error ends them, and the consumer leaves its group.
 */
function endStopped(): void {
  const { fetch } = Runner.prototype
  Runner.prototype.fetch = async function (nodeId) {
    if (!this.running && mendedClusters.has(this.consumerGroup.cluster))
      throw new kafkajs.KafkaJSNonRetriableError('the consumer is stopped')
    return await fetch.call(this, nodeId)
  }
}

/**
 * Lets consumers crash that can't join their group. When the request gets lost, kafkajs tries again to read instead of to join. A
 * member that its group has put out has no number then, and sends no heartbeats that would tell it so: it reads on, and none of
 * its commits succeeds. Whoever runs a consumer starts it again after a crash; kafkajs does so itself if the cause allows it.
 */
function crashWhereJoiningFails(): void {
  const { joinAndSync } = ConsumerGroup.prototype
  ConsumerGroup.prototype.joinAndSync = async function () {
    if (!mendedClusters.has(this.cluster)) return await joinAndSync.call(this)
    try {
      await joinAndSync.call(this)
    } catch (cause) {
      throw Object.assign(new kafkajs.KafkaJSNonRetriableError(cause as Error), { cause })
    }
  }
}

/**
 * Lets the heartbeat of a consumer without a membership fail, as the group's coordinator would. Only when everything that a consumer has
 * fetched is processed, kafkajs lets it crash; processing sends heartbeats, and may wait for a commit that can't succeed.
 */
function noticeLostMembership(): void {
  const { heartbeat } = ConsumerGroup.prototype
  ConsumerGroup.prototype.heartbeat = async function (options) {
    if (!this.memberId && mendedClusters.has(this.cluster)) throw new kafkajs.KafkaJSProtocolError(unknownMember())
    await heartbeat.call(this, options)
  }
}

/** Source: Apache Kafka, protocol guide, "Error Codes". */
function unknownMember(): Error {
  return Object.assign(new Error('the consumer is no member of its group'), { type: 'UNKNOWN_MEMBER_ID', code: 25 })
}
