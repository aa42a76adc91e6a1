/** What a regular expression consists of here: an escape, a class, a quantifier in braces, or any other character. */
const PART = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\{\d+(?:,\d*)?\}|[\s\S]/g

/**
 * A regular expression that matches whole names. A brace stands for itself only when it is escaped, as in Java: elsewhere it is
 * half of a quantifier, as when a list was divided at the comma of `\d{1,3}`.
 *
 * @throws SyntaxError when the text is not a regular expression
 */
export function wholeName(pattern: string): RegExp {
  const torn = partsOf(pattern).some(part => part === '{' || part === '}')
  if (torn) throw new SyntaxError(`Invalid regular expression: /${pattern}/: a brace without a quantifier`)
  return new RegExp(`^(?:${pattern})$`)
}

/** Divides a list of regular expressions at its commas, but not at those within an expression such as `\d{1,3}` or `(a,b)`. */
export function splitPatterns(list: string): string[] {
  const patterns = ['']
  let depth = 0
  for (const part of partsOf(list)) {
    if (part === '(') depth++
    if (part === ')') depth--
    if (part === ',' && depth === 0) patterns.push('')
    else patterns[patterns.length - 1] += part
  }
  return patterns.map(pattern => pattern.trim())
}

/** A list that {@link splitPatterns} divides into these expressions again. */
export function joinPatterns(patterns: string[]): string {
  return patterns
    .map(pattern =>
      partsOf(pattern)
        .map(part => (part === ',' ? '\\,' : part))
        .join(''),
    )
    .join(',')
}

function partsOf(pattern: string): string[] {
  return pattern.match(PART) ?? []
}
