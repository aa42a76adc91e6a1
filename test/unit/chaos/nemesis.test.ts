import type { Fault } from '../../chaos/faults/fault.ts'
import { causeFaults, type NemesisContext } from '../../chaos/nemesis.ts'
import type { StartedSystem } from '../../chaos/systems/system.ts'

const systems = new Map(['dump-json', 'knative'].map(name => [name, {} as StartedSystem]))

function context(isLoading = true): NemesisContext {
  const run: Partial<NemesisContext> = { systems, say() {}, isLoading: () => isLoading }
  return run as NemesisContext
}

const planned = (...names: string[]) => names.map(name => ({ name, atMs: 0, lastsMs: 10, seed: 1 }))

/** A fault that does nothing. */
const harmless: Fault = { summary: '', harms: 'store', lastsMs: [0, 0], begin: async () => async () => {} }

test('what a fault has met is what its count grows by while it lasts, for each system', async () => {
  const counts = new Map([['dump-json', 5]])
  const refusing: Fault = {
    ...harmless,
    met: (_, system) => counts.get(system) ?? 0,
    async begin() {
      return async () => void counts.set('dump-json', 8)
    },
  }
  const meetings = await causeFaults(planned('refusing'), { refusing }, context())
  expect(Object.fromEntries(meetings.get('refusing') ?? [])).toEqual({ 'dump-json': 3, knative: 0 })
})

test.each([
  [true, 1],
  [false, 0],
])(
  'a fault that counts nothing has met systems that the load gives work when it begins (%s)',
  async (isLoading, met) => {
    const meetings = await causeFaults(planned('harmless'), { harmless }, context(isLoading))
    expect(Object.fromEntries(meetings.get('harmless') ?? [])).toEqual({ 'dump-json': met, knative: met })
  },
)

test('when a fault fails, the others have ended before the run does, also those that wait for the same', async () => {
  const told: string[] = []
  const failing: Fault = {
    ...harmless,
    needs: 'topics',
    async begin() {
      throw new Error('the topic is not delivered')
    },
  }
  const slow: Fault = {
    ...harmless,
    needs: 'topics',
    async begin() {
      told.push('begun')
      return async () => void told.push('ended')
    },
  }
  const caused = causeFaults(planned('failing', 'slow'), { failing, slow }, context())
  await expect(caused).rejects.toThrow('the topic is not delivered')
  expect(told).toEqual(['begun', 'ended'])
})
