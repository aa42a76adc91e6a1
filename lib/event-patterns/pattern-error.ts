/** Thrown for a pattern that AWS refuses, too. The message says where in the pattern, and what is expected there. */
export class PatternError extends Error {
  constructor(path: readonly string[], expected: string) {
    super(path.length === 0 ? expected : `${path.join('.')}: ${expected}`)
    this.name = 'PatternError'
  }
}
