import { randomInt } from 'node:crypto'
import { plantedBugNames } from '../../support/redrive-simulation/planted.ts'
import { simulate, simulateAndTell } from '../../support/simulation/simulate.ts'

/** A few seconds on two idle processors. */
const HISTORIES = Number(process.env.SIMULATIONS ?? 300)
/** Begins with the history of this seed: SIMULATION_SEED=… SIMULATIONS=1 repeats one that failed. */
const SEED = Number(process.env.SIMULATION_SEED ?? randomInt(2 ** 31))

const protocol = '../redrive-simulation/history.ts'
const PATIENCE_MS = Math.max(300_000, HISTORIES * 500)

test(
  `${HISTORIES} interleavings of redrives leave every failed record exactly once`,
  async () => {
    expect(await simulateAndTell({ seed: SEED, histories: HISTORIES, protocol })).toBeUndefined()
  },
  PATIENCE_MS,
)

/** Found after a few hundred interleavings; all of them take too long for every run of the tests. */
const SOON = ['marks are written before the objects', 'objects of the connector are not read']
const planted = process.env.SIMULATIONS ? plantedBugNames : plantedBugNames.filter(name => SOON.includes(name))

// A simulation that finds nothing proves nothing, unless it finds what is there.
test.each(planted)(
  'the simulation finds it when %s',
  async bug => {
    const { failure } = await simulate({ seed: SEED, histories: 5_000, planted: bug, protocol })
    if (!failure) throw new Error(`not found in 5,000 interleavings from seed ${SEED} on`)
    process.stdout.write(`Planted: ${bug}: found after ${failure.seed - SEED + 1} interleavings: ${failure.message}\n`)
    expect(failure.message).toMatch(/^Violation/)
  },
  PATIENCE_MS,
)
