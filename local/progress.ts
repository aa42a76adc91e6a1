import { styleText } from 'node:util'

/** Reports what the local stack is doing. */
export interface Progress {
  /** A long activity begins. */
  begin(activity: string): void
  /** A step is done: its name, its address or version, and how long it took. */
  done(step: string, detail: string, milliseconds: number): void
}

/** Reports nothing. */
export const silent: Progress = { begin() {}, done() {} }

/** One line per step on standard output. */
export const terminal: Progress = {
  begin(activity) {
    console.log(styleText('dim', `  ${activity} …`))
  },
  done(step, detail, milliseconds) {
    const seconds = `${(milliseconds / 1000).toFixed(1)} s`
    console.log(`${styleText('green', '✓')} ${step.padEnd(24)}  ${detail.padEnd(24)}  ${styleText('dim', seconds)}`)
  },
}

/** Runs something, and reports when it is done. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const begin = Date.now()
  const result = await run()
  terminal.done(name, '', Date.now() - begin)
  return result
}
