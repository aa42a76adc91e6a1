/**
 * Runs an action for any number of callers, once at a time. Each caller gets the result of a run that began after its call;
 * those that call during a run share the next one.
 */
export function sharing<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  const begin = () => {
    next = undefined
    const begun = run().finally(() => {
      // The run that others wait for begins a moment later. Until then, those who call wait for it, too.
      if (running === begun && !next) running = undefined
    })
    running = begun
    return begun
  }
  return () => {
    if (!running) return begin()
    next ??= running.then(begin, begin)
    return next
  }
}
