/** A bell for one waiter. Rung while nobody waits, it ends the next wait at once. */
export class Signal {
  #raised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#raised = true
    this.#wake?.()
  }

  /** Waits until the signal is raised, at most so many milliseconds; infinity for as long as it takes. */
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
