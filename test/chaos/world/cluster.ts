import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import { newClusterId } from '../../../local/kafka-storage.ts'
import { portsOf } from '../../../local/ports.ts'
import { allOrNone } from '../../../local/stack.ts'
import { probeCluster } from '../../support/probe-cluster.ts'
import { startBroker } from './broker-process.ts'
import { startTcpProxy } from './tcp-proxy.ts'
import type { ChaosCluster } from './world.ts'

const portNames = ['client', 'proxy', 'direct', 'controller'] as const

interface Node {
  id: number
  /** `proxy` is what the listener `client` is advertised as, so that clients find every broker behind its proxy. */
  ports: Record<(typeof portNames)[number], number>
}

export interface StartedCluster extends ChaosCluster {
  stop(): Promise<void>
}

/** Starts a cluster whose brokers each have a proxy before them, and waits until it is ready. Everything has a replica on each broker. */
export async function startCluster(size: number): Promise<StartedCluster> {
  const nodes = await Promise.all(
    Array.from(
      { length: size },
      async (_, index): Promise<Node> => ({ id: index + 1, ports: await portsOf(portNames) }),
    ),
  )
  const clusterId = newClusterId()
  const direct = connectionOf(nodes, 'direct')
  const probe = () => probeCluster(direct, size)
  const starting = nodes.map(async node => {
    const network = await startTcpProxy(node.ports.proxy, node.ports.client)
    try {
      const broker = { clusterId, nodeId: node.id, settings: settingsOf(node, nodes), probe }
      const process = await startBroker(broker)
      return { process, network, stop: async () => void (await Promise.all([process.stop(), network.stop()])) }
    } catch (error) {
      await network.stop()
      throw error
    }
  })
  const brokers = await allOrNone(...starting)
  const stop = async () => void (await Promise.all(brokers.map(broker => broker.stop())))
  return { connection: connectionOf(nodes, 'proxy'), direct, brokers, stop }
}

function connectionOf(nodes: Node[], listener: 'proxy' | 'direct'): KafkaSettings {
  return { brokers: nodes.map(({ ports }) => `127.0.0.1:${ports[listener]}`), securityProtocol: 'PLAINTEXT' }
}

/**
 * Kafka's own defaults decide how long faults last, but for the sizes of its internal topics. Topics are not created by a question
 * about them, as on MSK: a deleted topic must stay deleted until the load makes it again.
 */
function settingsOf({ id, ports }: Node, nodes: Node[]): string {
  const listeners = `CLIENT://127.0.0.1:${ports.client},DIRECT://127.0.0.1:${ports.direct}`
  const replicas = nodes.length
  const inSync = Math.min(2, replicas)
  return `
process.roles=broker,controller
node.id=${id}
controller.quorum.voters=${nodes.map(node => `${node.id}@127.0.0.1:${node.ports.controller}`)}
controller.listener.names=CONTROLLER
inter.broker.listener.name=DIRECT
listeners=${listeners},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=CLIENT://127.0.0.1:${ports.proxy},DIRECT://127.0.0.1:${ports.direct}
listener.security.protocol.map=CLIENT:PLAINTEXT,DIRECT:PLAINTEXT,CONTROLLER:PLAINTEXT

auto.create.topics.enable=false
log.retention.ms=-1
default.replication.factor=${replicas}
min.insync.replicas=${inSync}
group.initial.rebalance.delay.ms=0
# The default of 128 MB is half of the heap.
log.cleaner.dedupe.buffer.size=16777216
offsets.topic.num.partitions=4
offsets.topic.replication.factor=${replicas}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=${replicas}
transaction.state.log.min.isr=${inSync}
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=${replicas}
share.coordinator.state.topic.min.isr=${inSync}
`
}
