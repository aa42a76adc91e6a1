import './synchronous-zlib.ts'
import { parentPort, workerData } from 'node:worker_threads'
import type { SimulationResult, ThreadRequest } from './simulate.ts'

/** Histories between two looks at whether another thread has found something. */
const AT_ONCE = 50

const { seed, histories, planted, first, step, protocol = './history.ts' } = workerData as ThreadRequest
const [{ runHistory }] = await Promise.all([import(protocol), import('./loaded-formats.ts')])
const result: SimulationResult = { histories: 0, calls: 0 }
let stopped = false
parentPort?.once('message', () => {
  stopped = true
})

for (let nth = first; nth < histories && !stopped && !result.failure; nth += step) {
  const { calls, failure } = await runHistory(seed + nth, { planted })
  result.histories++
  result.calls += calls
  if (failure) {
    const { trace } = await runHistory(seed + nth, { planted, trace: true })
    result.failure = { seed: seed + nth, message: String(failure), trace }
  }
  if (result.histories % AT_ONCE === 0) await new Promise(resolve => setImmediate(resolve))
}
parentPort?.postMessage(result)
parentPort?.close()
