/** Wakes one waiter. If it is raised while nobody waits, the next wait ends at once. */
export class Signal {
  #raised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#raised = true
    this.#wake?.()
  }

  /** Waits until the signal is raised, at most this many milliseconds; infinity waits without limit. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#raised) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
        if (milliseconds === Number.POSITIVE_INFINITY) return
        const timer = setTimeout(resolve, milliseconds)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#raised = false
  }
}
