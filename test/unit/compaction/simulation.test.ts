import { randomInt } from 'node:crypto'
import { plantedBugNames } from '../../support/simulation/planted.ts'
import { simulate, simulateAndTell } from '../../support/simulation/simulate.ts'

/** Ten seconds on two idle processors; the nightly tests run 100,000. */
const HISTORIES = Number(process.env.SIMULATIONS ?? 4_000)
/** Begins with the history of this seed: SIMULATION_SEED=… SIMULATIONS=1 repeats one that failed. */
const SEED = Number(process.env.SIMULATION_SEED ?? randomInt(2 ** 31))

/** More than enough to find any of the planted bugs. */
const ENOUGH = 5_000

const PATIENCE_MS = Math.max(900_000, HISTORIES * 50)

test(
  `${HISTORIES} interleavings of workers that compact keep every record exactly once`,
  async () => {
    expect(await simulateAndTell({ seed: SEED, histories: HISTORIES })).toBeUndefined()
  },
  PATIENCE_MS,
)

// Histories that once broke a law, by what their seed was.
test.each([['a batch of a topic that was created again comes under the key of a damaged one', 1834101614]])(
  '%s, and compaction comes to an end',
  async (_, seed) => {
    expect(await simulateAndTell({ seed, histories: 1 })).toBeUndefined()
  },
)

// A simulation that finds nothing proves nothing, unless it finds what is there.
test.each(plantedBugNames)('the simulation finds it when %s', async planted => {
  const { failure } = await simulate({ seed: SEED, histories: ENOUGH, planted })
  if (!failure) throw new Error(`not found in ${ENOUGH} interleavings from seed ${SEED} on`)
  process.stdout.write(
    `Planted: ${planted}: found after ${failure.seed - SEED + 1} interleavings: ${failure.message}\n`,
  )
  expect(failure.message).toMatch(/^Violation/)
})
