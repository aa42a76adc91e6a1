/** What runs a consumer of kafkajs, which exports no types of it. Source: kafkajs 2.2.4, `src/consumer/runner.js`. */
declare module 'kafkajs/src/consumer/runner.js' {
  export default class Runner {
    /** Its group, with the connections of its consumer, which no other consumer has. */
    consumerGroup: { cluster: object }
    /** False from the moment when the consumer is stopped. */
    running: boolean
    /** Fetches from one broker. It is called again as soon as it has answered, until its fetcher is stopped. */
    fetch(nodeId: number): Promise<unknown[]>
  }
}

/** A consumer's membership in its group. Source: kafkajs 2.2.4, `src/consumer/consumerGroup.js`. */
declare module 'kafkajs/src/consumer/consumerGroup.js' {
  export default class ConsumerGroup {
    /** The connections of its consumer, which no other consumer has. */
    cluster: object
    /** Joins the group, and gets partitions. It is called for each rebalance. */
    joinAndSync(): Promise<void>
    /** What the coordinator knows the member by; null while it is none. */
    memberId: string | null
    /** Tells the coordinator that the member is there, unless it was told so a moment ago. */
    heartbeat(options: { interval: number }): Promise<void>
  }
}
