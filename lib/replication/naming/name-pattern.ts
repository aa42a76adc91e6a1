/** A regular expression for the whole of a name. Throws a SyntaxError when the text is none. */
export function wholeName(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}
