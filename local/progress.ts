import { styleText } from 'node:util'

/** Tells whoever waits what the local stack is doing. */
export interface Progress {
  /** Something that takes a while begins. */
  begin(activity: string): void
  /** A step is done: what it was, where or how it is to be found, and how long it took. */
  done(step: string, detail: string, milliseconds: number): void
}

/** Says nothing. */
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

/** Runs something, and tells when it is done. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const begin = Date.now()
  const result = await run()
  terminal.done(name, '', Date.now() - begin)
  return result
}
