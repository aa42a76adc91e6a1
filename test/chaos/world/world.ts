import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import type { BrokerProcess } from './broker-process.ts'
import type { StoreFaults } from './store-proxy.ts'
import type { NetworkFaults } from './tcp-proxy.ts'

/** A cluster as the nemesis sees it. */
export interface ChaosCluster {
  /** What the systems under test use: each broker's address is that of the proxy before it. */
  connection: KafkaSettings
  /** The same brokers without proxies, for the load and the checker. */
  direct: KafkaSettings
  /** In the order of their ids. */
  brokers: { process: BrokerProcess; network: NetworkFaults }[]
}

/**
 * What the systems under test depend on. It is started once, and each schedule has its own topics, bucket and groups in it. All
 * faults are healed before the next schedule begins.
 */
export interface World {
  /** Three brokers with three replicas of everything. */
  source: ChaosCluster
  /** One broker. */
  target: ChaosCluster
  /** One broker, for topics with abnormal data and dead letters. */
  deadLetters: ChaosCluster
  store: {
    /** What the systems under test use: the proxy that adds the store's faults and those of the network, with the login of now. */
    address: StoreAddress
    /** The logins for it, of which one at most is revoked. */
    readonly logins: readonly [StoreAddress, StoreAddress]
    /** The store itself, for the checker. */
    direct: StoreAddress
    faults: StoreFaults
    network: NetworkFaults
  }
  stop(): Promise<void>
}
