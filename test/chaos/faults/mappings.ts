import type { Fault } from './fault.ts'

const BATCH_SIZES = [1, 20, 500, 5_000]

const restarted: Fault = {
  summary:
    'each mapping’s poller stops, and another one with another batch size takes over; later again, with the first size',
  harms: 'mapping',
  needs: 'mappings',
  lastsMs: [1_000, 4_000],
  async begin({ systems, random }) {
    const mappings = Array.from(systems.values(), system => system.mappings).flat()
    await Promise.all(mappings.map(mapping => mapping.restart(random.pick(BATCH_SIZES))))
    return async () => {
      await Promise.all(mappings.map(mapping => mapping.restart()))
    }
  },
}

const joined: Fault = {
  summary: 'a second poller joins the group of each mapping, and leaves',
  harms: 'mapping',
  lastsMs: [2_000, 5_000],
  async begin({ systems }) {
    const mappings = Array.from(systems.values(), system => system.mappings).flat()
    const leave = await Promise.all(mappings.map(mapping => mapping.addPoller()))
    return async () => {
      await Promise.all(leave.map(stop => stop()))
    }
  },
}

export const mappingFaults = { 'mapping-restarted': restarted, 'second-poller': joined } satisfies Record<string, Fault>
