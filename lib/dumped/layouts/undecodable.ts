import { CodedError } from '../../error.ts'

/**
 * Passes on what an object holds; errors without a code become `RECORD_UNDECODABLE`. Errors that JavaScript throws itself may quote
 * what was read, so neither their text nor they themselves are passed on.
 *
 * @param what the object should have been, for the message
 */
export async function* decodable<Item>(what: string, items: AsyncIterable<Item>): AsyncIterable<Item> {
  try {
    yield* items
  } catch (cause) {
    if (cause instanceof CodedError) throw cause
    const isPlain = (cause as Error).constructor === Error
    const reason =
      cause instanceof SyntaxError ? 'it is not valid JSON' : isPlain ? (cause as Error).message : 'it is damaged'
    const message = `The object is not ${what}: ${reason}.`
    throw new CodedError('RECORD_UNDECODABLE', message, isPlain ? { cause } : {})
  }
}
