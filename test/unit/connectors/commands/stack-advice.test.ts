import { conclusion } from '../../../../lib/connectors/commands/plan.ts'
import { stackAdvice } from '../../../../lib/connectors/commands/stack-advice.ts'
import type { Mark } from '../../../../lib/plan/change.ts'

test.each([undefined, 'DELETE_COMPLETE', 'REVIEW_IN_PROGRESS'])(
  '%s: nothing is deployed, and a deployment may begin',
  status => {
    const { line, refusal } = stackAdvice(status)
    expect(line).toMatch(/^nothing is deployed yet/)
    expect(refusal).toBeUndefined()
  },
)

test.each(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE'])('%s is all that is said', status => {
  expect(stackAdvice(status)).toEqual({ line: status })
})

test.each(['UPDATE_ROLLBACK_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE'])('%s: the former deployment is in place', status => {
  const { line, refusal } = stackAdvice(status)
  expect(line).toBe(`${status}: the last deployment failed, and the one before is in place`)
  expect(refusal).toBeUndefined()
})

test.each([
  ['ROLLBACK_COMPLETE', /run serverless remove, then deploy/],
  ['ROLLBACK_FAILED', /run serverless remove, then deploy/],
  ['CREATE_FAILED', /run serverless remove, then deploy/],
  ['DELETE_FAILED', /run serverless remove again, then deploy/],
  ['UPDATE_ROLLBACK_FAILED', /continue-update-rollback/],
  ['IMPORT_ROLLBACK_FAILED', /repair the stack/],
  ['UPDATE_IN_PROGRESS', /wait until it is done/],
  ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', /wait until it is done/],
  ['ROLLBACK_IN_PROGRESS', /wait until it is done/],
  ['DELETE_IN_PROGRESS', /wait until it is done/],
])('%s takes no update, and the advice says what to do', (status, advice) => {
  const { line, refusal } = stackAdvice(status)
  expect(line).toContain(`${status}: `)
  expect(refusal).toMatch(advice)
  expect(refusal).toMatch(new RegExp(`^The stack is in ${status}: .*\\.$`))
})

// Without a rollback, as with provider.disableRollback, a stack takes the next update.
test('UPDATE_FAILED: the next deployment continues', () => {
  const { line, refusal } = stackAdvice('UPDATE_FAILED')
  expect(line).toMatch(/^UPDATE_FAILED: .* continues from there$/)
  expect(refusal).toBeUndefined()
})

test.each<[Mark, string, string]>([
  ['change', 'UPDATE_COMPLETE', 'serverless deploy would do this.'],
  ['note', 'UPDATE_COMPLETE', 'Nothing to change.'],
  ['refused', 'UPDATE_COMPLETE', 'serverless deploy would do none of this.'],
  ['change', 'ROLLBACK_COMPLETE', 'serverless deploy would do none of this.'],
])('a plan with a line of the kind %s, in %s, ends with what comes of it', (mark, status, last) => {
  const changes = [{ mark, what: 'window' }]
  const plan = {
    connectors: [{ name: 'flow', kind: 'dump' as const, state: 'changed' as const, changes }],
    service: [],
  }
  expect(conclusion(plan, stackAdvice(status))).toBe(last)
})
