/** What runs a consumer of kafkajs, which exports no types of it. Source: kafkajs 2.2.4, `src/consumer/runner.js`. */
declare module 'kafkajs/src/consumer/runner.js' {
  export default class Runner {
    /** False from the moment when the consumer is stopped. */
    running: boolean
    /** Fetches from one broker. It is called again as soon as it has answered, until its fetcher is stopped. */
    fetch(nodeId: number): Promise<unknown[]>
  }
}
