/** A number that JavaScript can't hold, as it is written. */
export class ExactNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** The value of a JSON text, with all digits of its numbers; undefined for text that is none. */
export function parseTree(text: string): unknown {
  // A text that begins otherwise is a single word or a number: it has no parts.
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text, exact)
  } catch {
    return undefined
  }
}

function exact(_: string, value: unknown, { source = '' }: { source?: string } = {}): unknown {
  const isInexact = typeof value === 'number' && source !== '' && String(value) !== source
  return isInexact ? new ExactNumber(source) : value
}
