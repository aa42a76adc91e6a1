/**
 * The names that a JSON pointer goes down, undefined when the text is none.
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

/** What a pointer leads to in a JSON value, undefined when there is nothing. An inherited member is nothing. */
export function resolveJsonPointer(value: unknown, pointer: string[]): unknown {
  let found = value
  for (const name of pointer) {
    if (Array.isArray(found) ? !/^(0|[1-9]\d*)$/.test(name) : typeof found !== 'object' || found === null) return
    if (!Object.hasOwn(found as object, name)) return
    found = (found as Record<string, unknown>)[name]
  }
  return found
}
