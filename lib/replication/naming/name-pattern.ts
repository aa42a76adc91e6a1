/**
 * A regular expression that matches whole names.
 *
 * @throws SyntaxError when the text is not a regular expression
 */
export function wholeName(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`)
}
