import pMap from 'p-map'
import { errorCodes } from '../../lib/error.ts'
import { permissionsOf } from '../../local/permissions/deployed.ts'
import { lambdasReason, type Reason, reasons } from '../../local/permissions/reasons.ts'
import { play, type Scenario, without } from '../support/permissions/scenario.ts'
import { scenarios } from '../support/permissions/scenarios.ts'
import { startWorld, type World } from '../support/permissions/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

/**
 * What is repeated although a permission is missing: a batch whose failed records have no place, which must not be lost, and what
 * a role that was just created may not do yet.
 */
const mayBeRepeated = ['DEAD_LETTER_UNREACHABLE', 'LAMBDA_UNAVAILABLE']

/** Whether an error that a function has printed says that the same request may succeed if it is repeated. */
function isRepeated(code: string, printed: string): boolean {
  return !mayBeRepeated.includes(code) && new RegExp(`code: '${code}',\\s+retryable: true`).test(printed)
}

/** What takes time is waiting for processes to start, which they do beside each other. */
const AT_ONCE = 3

/** The codes of errors in what a function has answered and printed. */
async function codesOf(scenario: Scenario, action = '', place = '') {
  const { outcomes, output } = await play(scenario, world, all => without(all, action, place))
  const text = JSON.stringify(outcomes) + output
  return { text, codes: Object.keys(errorCodes).filter(code => text.includes(code)) }
}

/** What a scenario is about: what only it needs, or what no other scenario of its file is about. */
function subjectsOf(scenario: Scenario) {
  const others = scenarios.flatMap(({ file, only }) => (file === scenario.file && only ? [only.actions] : []))
  const isOwn = (key: string) =>
    scenario.only ? scenario.only.actions.test(key) : !others.some(other => other.test(key))
  return permissionsOf(scenario.deployed('name').statements)
    .map(({ action, place }) => ({ action, place, key: `${action} ${place}`.trim() }))
    .filter(({ key }) => isOwn(key) && !lambdasReason(scenario.file, key))
}

test.each(
  scenarios.map(scenario => [`${scenario.file}${scenario.only ? `, ${scenario.only.title}` : ''}`, scenario] as const),
)(
  '%s: without one of its permissions it fails with the code that docs/permissions.md has, and names it',
  async (_, scenario) => {
    const before = await codesOf(scenario)
    const found = await pMap(
      subjectsOf(scenario),
      async ({ action, place, key }) => {
        const { text, codes } = await codesOf(scenario, action, place)
        // A topic that may not be seen does not exist, and what puts records aside wraps what the cluster has said.
        const more = codes.filter(code => !before.codes.includes(code) && code !== 'KAFKA_REJECTED')
        const told = more.includes('DEAD_LETTER_UNREACHABLE') ? ['DEAD_LETTER_UNREACHABLE'] : more
        // A check says READ or WRITE, as an ACL does.
        const names = text.includes(action) || (scenario.file === 'check' && /(READ|WRITE) is not allowed/.test(text))
        return {
          key,
          code: told,
          names: told.length > 0 || scenario.file === 'settle-mappings' ? names : undefined,
          text,
        }
      },
      { concurrency: AT_ONCE },
    )
    const own: Record<string, Reason> = reasons[scenario.file as keyof typeof reasons]
    const told = found.map(({ text: _, ...rest }) => rest)
    const documented = found.map(({ key }) => {
      const code = own[key]?.code
      return { key, code: code ? [code] : [], names: code || scenario.file === 'settle-mappings' ? true : undefined }
    })
    expect(told).toEqual(documented)
    expect(found.filter(({ code, text }) => code.some(one => isRepeated(one, text))).map(({ key }) => key)).toEqual([])
  },
  900_000,
)
