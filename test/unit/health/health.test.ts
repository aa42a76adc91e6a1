import { healthOf } from '../../../lib/health/health.ts'
import type { Sources, Subject } from '../../../lib/health/subject.ts'

const subject: Subject = {
  ...{ connector: 'flow', service: 'lake-dev', type: 'dump', topics: ['orders'], functionName: 'lake-dev-flow' },
  ...{ mostLag: 100_000, rotates: false, companions: [] },
}

/** Sources that all fail in the same way. */
function failing(error: Error): Sources {
  const fail = () => Promise.reject(error)
  return {
    ...{ functionProblem: fail, mappings: fail, positions: fail, metrics: { read: fail } },
    logs: { async *between() {}, async *matching() {} },
    reasonOf: thrown => (thrown as Error).message,
  }
}

test('when nobody answers, that is an error and no state', async () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:3003'), { code: 'ECONNREFUSED' })
  await expect(healthOf(subject, failing(refused))).rejects.toBe(refused)
})

test('when answers are refused, what they would have told is unknown', async () => {
  const denied = Object.assign(new Error('not authorized'), { $fault: 'client' })
  const { lag, unknown } = await healthOf(subject, failing(denied))
  expect(lag).toBeNull()
  expect(unknown).toMatchObject({ mappings: 'not authorized', lag: 'not authorized', lastSuccess: 'not authorized' })
})
