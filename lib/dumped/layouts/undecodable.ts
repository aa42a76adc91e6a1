import { CodedError } from '../../error.ts'

/**
 * Passes on what an object holds; errors without a code become `RECORD_UNDECODABLE`.
 *
 * @param what the object should have been, for the message
 */
export async function* decodable<Item>(what: string, items: AsyncIterable<Item>): AsyncIterable<Item> {
  try {
    yield* items
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    // The cause may quote the content: JSON.parse does.
    const reason = cause instanceof SyntaxError ? 'It is not valid JSON.' : `${(cause as Error).message}.`
    throw new CodedError('RECORD_UNDECODABLE', `The object is not ${what}: ${reason}`, {
      cause: cause instanceof SyntaxError ? undefined : cause,
    })
  }
}
