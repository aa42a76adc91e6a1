import { median } from './measure.ts'

/** A figure of several runs. */
export interface Spread {
  median: number
  min: number
  max: number
}

/** @param values at least one */
export function spreadOf(values: number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}
