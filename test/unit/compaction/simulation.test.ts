import { randomInt } from 'node:crypto'
import { plantedBugNames } from '../../support/simulation/planted.ts'
import { type SimulationResult, simulate } from '../../support/simulation/simulate.ts'

/** A minute or two on two idle processors by default; a million takes ten times as long: SIMULATIONS=1000000. */
const HISTORIES = Number(process.env.SIMULATIONS ?? 100_000)
/** Begins with the history of this seed: SIMULATION_SEED=… SIMULATIONS=1 repeats one that failed. */
const SEED = Number(process.env.SIMULATION_SEED ?? randomInt(2 ** 31))

/** More than enough to find any of the planted bugs. */
const ENOUGH = 5_000

const PATIENCE_MS = Math.max(900_000, HISTORIES * 50)

test(
  `${HISTORIES} interleavings of workers that compact keep every record exactly once`,
  async () => {
    const started = performance.now()
    const result = await simulate({ seed: SEED, histories: HISTORIES })
    const seconds = (performance.now() - started) / 1000
    const { histories, calls, failure } = result
    process.stdout.write(
      `Simulation: ${histories} interleavings from seed ${SEED} on, ${Math.round(calls / histories)} calls of the store each, ` +
        `in ${seconds.toFixed(1)} s: ${Math.round(histories / seconds)} per second\n`,
    )
    expect(failure && describeFailure(failure)).toBeUndefined()
    expect(histories).toBe(HISTORIES)
  },
  PATIENCE_MS,
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

/** The last calls before the failure, and how to see it again. */
function describeFailure({ seed, message, trace }: NonNullable<SimulationResult['failure']>): string {
  return [`SIMULATION_SEED=${seed} SIMULATIONS=1: ${message}`, ...trace.slice(-80)].join('\n')
}
