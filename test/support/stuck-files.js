/** The longest test file takes four to six minutes on two cores. One that takes this long waits for something that never comes. */
const TOO_LONG_MS = 25 * 60_000

const LOOK_EVERY_MS = 30_000

/**
 * Ends the run when a test file doesn't end, and says which one. Tests have limits, but what a file waits for outside of them has
 * none, and a run that hangs tells nobody why. Servers end with the process.
 */
export default class StuckFiles {
  #running = new Map()
  #timer

  onRunStart() {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS)
  }

  onTestFileStart({ path }) {
    this.#running.set(path, Date.now())
  }

  onTestFileResult({ path }) {
    this.#running.delete(path)
  }

  onRunComplete() {
    clearInterval(this.#timer)
  }

  #look() {
    const stuck = Array.from(this.#running).filter(([, since]) => Date.now() - since > TOO_LONG_MS)
    if (stuck.length === 0) return
    for (const [path] of stuck) process.stderr.write(`STUCK ${path}: not finished after ${TOO_LONG_MS / 60_000} min\n`)
    process.exit(1)
  }
}
