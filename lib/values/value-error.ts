/** Thrown where a value would take more memory than it may. The message says why and quotes nothing. */
export class TooLargeError extends Error {}

/** Thrown for a value that is of its schema, but for which there is no JSON. The message says why and quotes nothing. */
export class NoJsonError extends Error {}

/** @param limit bytes that the JSON of a value may have */
export function jsonTooLarge(limit: number): TooLargeError {
  return new TooLargeError(`its JSON has more than ${limit} bytes`)
}
