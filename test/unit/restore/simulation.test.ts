import { randomInt } from 'node:crypto'
import { plantedBugs } from '../../support/simulation/restore/cluster.ts'
import { runRestoreHistory } from '../../support/simulation/restore/history.ts'

/** A few seconds. SIMULATIONS=100000 after a change to the protocol. */
const HISTORIES = Number(process.env.SIMULATIONS ?? 150)
/** SIMULATION_SEED=… SIMULATIONS=1 repeats one that failed. */
const SEED = Number(process.env.SIMULATION_SEED ?? randomInt(2 ** 31))

/** More than enough to find any of the planted bugs. */
const ENOUGH = 2_000

test(
  `${HISTORIES} interleavings of processes that restore keep every record exactly once, in order, and the map true`,
  async () => {
    for (let seed = SEED; seed < SEED + HISTORIES; seed++) {
      const { failure } = await runRestoreHistory(seed)
      if (!failure) continue
      const { trace } = await runRestoreHistory(seed, undefined, true)
      throw new Error([`SIMULATION_SEED=${seed} SIMULATIONS=1: ${failure}`, ...trace.slice(-80)].join('\n'))
    }
  },
  Math.max(300_000, HISTORIES * 100),
)

// A simulation that finds nothing proves nothing, unless it finds what is there.
test.each(Object.entries(plantedBugs))('the simulation finds it when %s', async (_, planted) => {
  for (let seed = SEED; seed < SEED + ENOUGH; seed++) if ((await runRestoreHistory(seed, planted)).failure) return
  throw new Error(`not found in ${ENOUGH} interleavings from seed ${SEED} on`)
})
