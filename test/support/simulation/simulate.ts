import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

export interface SimulationRequest {
  /** The first history's seed; the others' are the numbers behind it. */
  seed: number
  histories: number
  /** The bug to plant, by its name. */
  planted?: string
  /** The module whose `runHistory` runs a history, relative to this folder. Absent: that of compaction. */
  protocol?: string
}

/** What one thread is asked for. */
export interface ThreadRequest extends SimulationRequest {
  /** Its first history, and the distance to its next one. */
  first: number
  step: number
}

export interface SimulationResult {
  histories: number
  /** Calls of the store, over all histories. */
  calls: number
  /** The first history whose laws do not hold. */
  failure?: { seed: number; message: string; trace: string[] }
}

/**
 * Runs histories on all processors until one fails. Each has a seed of its own, so that it can be run again alone.
 */
export async function simulate(request: SimulationRequest): Promise<SimulationResult> {
  const step = Math.min(availableParallelism(), request.histories)
  const running = Array.from({ length: step }, (_, first) => inThread({ ...request, first, step }))
  // What the others would still find is of no use once one has failed.
  const stopAll = ({ failure }: SimulationResult) => {
    if (failure) for (const { stop } of running) stop()
  }
  for (const { result } of running) result.then(stopAll, () => undefined)
  const results = await Promise.all(running.map(({ result }) => result))
  const failures = results.flatMap(({ failure }) => failure ?? [])
  return {
    histories: results.reduce((sum, { histories }) => sum + histories, 0),
    calls: results.reduce((sum, { calls }) => sum + calls, 0),
    failure: failures.toSorted((a, b) => a.seed - b.seed)[0],
  }
}

/**
 * Runs histories and prints how many there were.
 *
 * @returns of the first that failed the last calls, and how to see it again
 */
export async function simulateAndTell(request: SimulationRequest): Promise<string | undefined> {
  const started = performance.now()
  const { histories, calls, failure } = await simulate(request)
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(
    `Simulation: ${histories} interleavings from seed ${request.seed} on, ${Math.round(calls / histories)} calls of the store ` +
      `each, in ${seconds.toFixed(1)} s: ${Math.round(histories / seconds)} per second\n`,
  )
  if (!failure) return undefined
  const { seed, message, trace } = failure
  return [`SIMULATION_SEED=${seed} SIMULATIONS=1: ${message}`, ...trace.slice(-80)].join('\n')
}

function inThread(workerData: ThreadRequest) {
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData,
    // Histories leave much behind that is soon forgotten.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  })
  const result = new Promise<SimulationResult>((resolve, reject) => {
    thread.once('message', message => {
      resolve(message)
      // Workers that were killed may have left timers, which nobody waits for.
      void thread.terminate()
    })
    thread.once('error', reject)
    thread.once('exit', code => reject(new Error(`the simulation's thread ended with ${code}`)))
  })
  return { result, stop: () => thread.postMessage('stop') }
}
