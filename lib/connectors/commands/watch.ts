import { setTimeout as sleep } from 'node:timers/promises'
import type { Output } from './output.ts'

/** Between two rounds, in milliseconds, unless `--interval` says otherwise: each of them asks Lambda and the cluster. */
export const DEFAULT_INTERVAL_MS = 5_000

export interface Watched {
  output: Pick<Output, 'write' | 'rows'>
  everyMs: number
  /** Whether each round prints a document in one line. */
  json: boolean
  /** What to print: it never throws. @returns undefined to end */
  round(): Promise<string | undefined>
}

/** Repeats a command. On a terminal each round overwrites the one before; elsewhere one follows the other. */
export async function watch({ output, everyMs, json, round }: Watched): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    const text = await round()
    if (text === undefined) return
    const isOpen = await output.write(json ? `${text}\n` : (screenOf(text, output, isFirst) ?? followedText(text)))
    if (!isOpen) return
    await sleep(everyMs)
  }
}

const now = () => new Date().toISOString().slice(0, 19).replace('T', ' ')

function followedText(text: string): string {
  return `${now()}\n${text}\n\n`
}

/** The text from the top left on, cut off at the terminal's edges; undefined where the output is no terminal. */
function screenOf(text: string, { rows }: Pick<Output, 'rows'>, isFirst: boolean): string | undefined {
  if (rows === undefined) return undefined
  const all = [`${now()}   Ctrl-C ends this.`, '', ...text.split('\n')]
  // The cursor is in the last row.
  const most = Math.max(2, rows - 1)
  const shown = all.length > most ? [...all.slice(0, most - 1), `… ${all.length - most + 1} more lines`] : all
  const lines = shown.map(line => `${line}\x1b[K\n`).join('')
  return `${isFirst ? '\x1b[2J' : ''}\x1b[H\x1b[?7l${lines}\x1b[J\x1b[?7h`
}
