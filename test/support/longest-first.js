import Sequencer from '@jest/test-sequencer'

/** Seconds of the files that take longest, measured on two cores. */
const SECONDS = {}

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
