/** A sequence that is one element ahead of its consumer: the next one is made while this one is consumed. */
export async function* ahead<T>(sequence: AsyncGenerator<T>): AsyncGenerator<T> {
  const begun = begin(sequence)
  try {
    let next = begun.next()
    while (true) {
      const { value, done } = await next
      if (done) return
      next = quiet(sequence.next())
      yield value
    }
  } finally {
    await begun.end()
  }
}

/** A sequence of which the first element is being made. */
export interface Begun<T> {
  /** The first element, then the others. */
  next(): Promise<IteratorResult<T>>
  end(): Promise<void>
}

export function begin<T>(sequence: AsyncGenerator<T>): Begun<T> {
  let first: Promise<IteratorResult<T>> | undefined = quiet(sequence.next())
  return {
    next() {
      const next = first ?? sequence.next()
      first = undefined
      return next
    },
    async end() {
      await sequence.return(undefined)
    },
  }
}

/** Nobody may be left to wait for it. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
