import { styleText } from 'node:util'
import { durationText } from '../../duration-text.ts'
import { acts as actTexts } from '../../error.ts'
import type { Failure } from '../../health/model.ts'
import type { Finding, State } from '../../health/state.ts'
import { numberText } from './count-text.ts'

/** How the health of a connector is shown. */
export interface Shown {
  /** Width of the terminal; undefined where there is none. */
  columns: number | undefined
  now: number
  /** Whether all partitions are shown, however many there are. */
  all: boolean
}

const colours: Record<State, Parameters<typeof styleText>[0]> = {
  FAILING: ['bold', 'red'],
  STOPPED: 'red',
  DEGRADED: 'yellow',
  PAUSED: 'cyan',
  RUNNING: 'green',
  'NOT DEPLOYED': 'dim',
}

/** A state in its colour, on a terminal. */
export const stateText = (state: State) => styleText(colours[state], state)

/** Shown for a value that is not known, and for one that does not exist. */
export const NOT_KNOWN = '?'
export const NONE = '–'

/** `5 min ago`. */
export function agoText(time: string | null, now: number, unknown?: string): string {
  if (time === null) return unknown === undefined ? NONE : NOT_KNOWN
  return `${durationText(Math.max(now - Date.parse(time), 0))} ago`
}

/** An age, or why there is none. */
export function ageText(milliseconds: number | null, unknown?: string): string {
  if (milliseconds === null) return unknown === undefined ? NONE : NOT_KNOWN
  return durationText(milliseconds)
}

/** A count or a rate: rates below ten have one decimal. */
export function figureText(figure: number | null, unknown?: string): string {
  if (figure === null) return unknown === undefined ? NONE : NOT_KNOWN
  return numberText(figure < 10 ? Math.round(figure * 10) / 10 : Math.round(figure))
}

/** `orders-0 stands at offset 5: … (someone has to act)`. */
export function findingText({ reason, act }: Pick<Finding, 'reason' | 'act'>): string {
  return act === null ? reason : `${reason} (${actTexts[act]})`
}

/** An error on one line. */
export function failureText({ code, message, topic, partition, offset, act }: Failure): string {
  const place = topic === undefined ? '' : ` at ${topic}${partition === undefined ? '' : `-${partition}`}`
  const where = offset === undefined ? place : `${place} offset ${numberText(offset)}`
  const who = act === null ? '' : ` (${actTexts[act]})`
  return `${code}${where}: ${message.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '')}${who}`
}

/** Words in lines of at most this many characters, each with the indentation. A longer word stays whole. */
export function wrapped(text: string, columns: number | undefined, indentation: string): string {
  const most = Math.max((columns ?? Number.POSITIVE_INFINITY) - indentation.length, 20)
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map(line => `${indentation}${line}`).join('\n')
}
