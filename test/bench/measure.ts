const WARM_UP_ROUNDS = 5

/** Milliseconds of steps that run in turn, each round in another order, so that drift of the machine meets them all. */
export async function interleave(
  steps: Record<string, () => unknown>,
  rounds: number,
): Promise<Record<string, number[]>> {
  const names = Object.keys(steps)
  const times: Record<string, number[]> = Object.fromEntries(names.map(name => [name, []]))
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    for (const name of names.map((_, index) => names[(index + round) % names.length] as string)) {
      const start = performance.now()
      await steps[name]?.()
      if (round >= WARM_UP_ROUNDS) times[name]?.push(performance.now() - start)
    }
  }
  return times
}

export const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number
export const round = (value: number) => Math.round(value * 100) / 100
export const megabytes = (bytes: number) => `${round(bytes / 1e6)} MB`
