import { InvalidArgumentError } from 'commander'

/** A whole number from 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

/** A whole number from 0. */
export function numberFromZero(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 0.')
  return Number(text)
}

/** `50/s` or `50`: records per second. `30/m` is one in two seconds. @returns per second */
export function rate(text: string): number {
  const [, number, unit] = /^(\d{1,7}(?:\.\d+)?)(?:\/(s|m|h))?$/.exec(text) ?? []
  const perSecond = Number(number) / SECONDS[(unit ?? 's') as keyof typeof SECONDS]
  if (!(perSecond > 0)) throw new InvalidArgumentError('Expected records per time, such as 50/s, 30/m or 1000/h.')
  return perSecond
}

const SECONDS = { s: 1, m: 60, h: 3_600 }
