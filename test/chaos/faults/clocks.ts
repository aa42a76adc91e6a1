import type { Fault } from './fault.ts'

const JUMPS_MS = [-3_600_000, -60_000, 60_000, 3_600_000]

const jumped: Fault = {
  summary: 'the clocks of functions are wrong, by a minute or an hour',
  harms: 'clock',
  lastsMs: [1_000, 5_000],
  async begin({ systems, random }) {
    const victims = Array.from(systems.values(), ({ victims }) => victims).flat()
    for (const victim of victims) victim.skewClock?.(random.pick(JUMPS_MS))
    return async () => {
      for (const victim of victims) victim.skewClock?.(0)
    }
  },
}

export const clockFaults = { 'function-clock-jumps': jumped } satisfies Record<string, Fault>
