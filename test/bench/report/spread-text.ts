import type { Spread } from '../spread.ts'

/** `1.2 (1.1–1.4)`, or the value alone where there is one. */
export function spreadText({ median, min, max }: Spread, text: (value: number) => string): string {
  if (min === max) return text(median)
  return `${text(median)} (${text(min)}–${text(max)})`
}

export function tenths(value: number): string {
  return value.toFixed(1)
}

export function hundredths(value: number): string {
  return value.toFixed(2)
}
