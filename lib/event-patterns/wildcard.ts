import { PatternError } from './pattern-error.ts'

/**
 * `wildcard`: `*` is any number of characters. A backslash before a star or a backslash makes it an ordinary character; there is
 * nothing else that it may precede.
 */
export function wildcard(pattern: string, path: readonly string[]): (text: string) => boolean {
  const parts = partsOf(pattern, path)
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return text => text === first
  return text => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const part of others) {
      const found = text.indexOf(part, at)
      if (found === -1 || found + part.length > end) return false
      at = found + part.length
    }
    return true
  }
}

/** The text between the stars. */
function partsOf(pattern: string, path: readonly string[]): string[] {
  const parts = ['']
  for (let index = 0; index < pattern.length; index += 1) {
    let character = pattern[index] as string
    if (character === '*') {
      if (pattern[index + 1] === '*') throw new PatternError(path, 'expected no two stars in a row in wildcard')
      parts.push('')
      continue
    }
    if (character === '\\') {
      index += 1
      character = pattern[index] ?? ''
      if (character !== '*' && character !== '\\') {
        throw new PatternError(path, 'expected * or \\ after each \\ in wildcard')
      }
    }
    parts[parts.length - 1] += character
  }
  return parts
}
