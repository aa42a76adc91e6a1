import Sequencer from '@jest/test-sequencer'

/** Seconds of the files that take longest, measured on two cores. */
const SECONDS = {
  'nightly/several-brokers': 191,
  'nightly/target-outage': 90,
  'nightly/benchmarks': 70,
  'integration/own-project': 120,
  'deploy/packages': 100,
  'deploy/connectors-deployment': 75,
  'deploy/connectors': 49,
  'integration/replicate': 80,
  'integration/exactly-once': 70,
  'integration/producer': 55,
  'integration/commands': 50,
  'integration/offline-poller': 42,
  'integration/connector-commands': 39,
  'integration/sync-offsets': 32,
  'integration/offline-plugin': 28,
  'integration/check': 27,
  'integration/transaction': 25,
  'integration/dump': 22,
  'integration/reconcile': 22,
  'integration/secrets': 20,
  'integration/formats': 18,
  'integration/mirror-maker': 15,
  'integration/offline-cluster': 15,
}

/**
 * Starts the files that take longest first, so that the workers end together. Jest does so too, but only from a file's second
 * run on a machine.
 */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return tests.toSorted((one, other) => this.#seconds(other) - this.#seconds(one))
  }

  #seconds(test) {
    const [, milliseconds] = this._getCache(test)[test.path] ?? []
    if (milliseconds !== undefined) return milliseconds / 1_000
    const name = test.path.replace(/^.*\/test\//, '').replace('.test.ts', '')
    return SECONDS[name] ?? (name.startsWith('unit/') ? 1 : 10)
  }
}
