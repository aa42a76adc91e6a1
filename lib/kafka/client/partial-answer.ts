/** An answer to a request about many things, with the errors of those that failed, by their index in the answer. */
export interface PartialAnswer<Response> {
  response: Response
  failed: Map<number, unknown>
}

/** The library's error for a response that contains errors, with an entry for each part that failed. */
interface ResponseError extends Error {
  errors?: { path?: string }[]
  response?: unknown
}

/**
 * Waits for an answer in which each part stands for itself. The library throws when one part has an error, although it has
 * the answer to the others, too.
 *
 * @throws what the request throws when it has no answer
 */
export async function partialAnswer<Response>(answer: Promise<Response>): Promise<PartialAnswer<Response>> {
  const failed = new Map<number, unknown>()
  try {
    return { response: await answer, failed }
  } catch (error) {
    const { response, errors = [] } = error as ResponseError
    if (response === undefined || errors.length === 0) throw error
    for (const part of errors) {
      // `/groups/3` or `/groups/3/topics/0`; an error of a whole answer counts as that of its only part.
      const index = Number(/^\/\w+\/(\d+)/.exec(part.path ?? '')?.[1] ?? 0)
      // Only the whole error says which request it was: `kafkaError` names what it takes.
      if (!failed.has(index)) failed.set(index, Object.assign(part, { request: (error as Error).message }))
    }
    return { response: response as Response, failed }
  }
}
