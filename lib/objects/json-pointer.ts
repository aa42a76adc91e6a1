/**
 * The member names of a JSON pointer, outermost first; undefined when the text is not a pointer.
 *
 * @see RFC 6901, JavaScript Object Notation (JSON) Pointer
 */
export function parseJsonPointer(text: string): string[] | undefined {
  if (!/^(\/([^~/]|~[01])*)*$/.test(text)) return undefined
  return text
    .split('/')
    .slice(1)
    .map(name => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value that a pointer leads to, or undefined when there is none. Inherited members do not count. */
export function resolveJsonPointer(value: unknown, pointer: string[]): unknown {
  let found = value
  for (const name of pointer) {
    if (Array.isArray(found) ? !/^(0|[1-9]\d*)$/.test(name) : typeof found !== 'object' || found === null) return
    if (!Object.hasOwn(found as object, name)) return
    found = (found as Record<string, unknown>)[name]
  }
  return found
}
