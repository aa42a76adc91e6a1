import { refusalsOf } from '../support/permissions/refusals.ts'
import { titleOf } from '../support/permissions/scenario.ts'
import { scenarios } from '../support/permissions/scenarios.ts'
import { startWorld, type World } from '../support/permissions/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

test.each(scenarios.map(scenario => [titleOf(scenario), scenario] as const))(
  '%s: without one of its permissions it fails with the code that docs/permissions.md has, and names it',
  async (_, scenario) => {
    const { found, documented, repeated } = await refusalsOf(scenario, world)
    expect(found).toEqual(documented)
    expect(repeated).toEqual([])
  },
  900_000,
)
