/** A connector’s declaration, or a part of it, as YAML has it. */
export interface Declaration {
  [key: string]: unknown
}

/**
 * Puts a value at a path such as `to.bucket`. An empty map adds nothing to one that is there, and neither does an empty text
 * or nothing.
 */
export function declaredPut(declaration: Declaration, path: string, value: unknown): void {
  if (value === '' || value === undefined) return
  put(declaration, path.split('.'), value)
}

function put(at: Declaration, [key = '', ...rest]: string[], value: unknown): void {
  if (rest.length > 0) {
    at[key] ??= {}
    put(at[key] as Declaration, rest, value)
  } else at[key] = isEmptyMap(value) ? (at[key] ?? value) : value
}

/** The value at a path; undefined if there is none. */
export function declaredAt(declaration: Declaration, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], declaration)
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
}
