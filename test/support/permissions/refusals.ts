import pMap from 'p-map'
import { errorCodes } from '../../../lib/error.ts'
import { permissionsOf } from '../../../local/permissions/deployed.ts'
import { lambdasReason, type Reason, reasons } from '../../../local/permissions/reasons.ts'
import { play, type Scenario, without } from './scenario.ts'
import { scenarios } from './scenarios.ts'
import type { World } from './world.ts'

/** What happens without a permission. */
export interface Refusal {
  /** The permission: an action and where. */
  key: string
  /** The codes of errors that the function has only without it. */
  code: string[]
  /** Whether an error names the permission; undefined where there is none. */
  names: boolean | undefined
}

/** What happened without each permission of a scenario, beside what docs/permissions.md says. */
export interface Refusals {
  found: Refusal[]
  documented: Refusal[]
  /** Permissions without which an error says that the same request may succeed if it is repeated, although a person has to act. */
  repeated: string[]
}

/**
 * What is repeated although a permission is missing: a batch whose failed records have no place, which must not be lost, and what
 * a role that was just created may not do yet.
 */
const mayBeRepeated = ['DEAD_LETTER_UNREACHABLE', 'LAMBDA_UNAVAILABLE']

/** What takes time is waiting for processes to start, which they do beside each other. */
const AT_ONCE = 3

/** Plays a scenario without each of the permissions that it is about, in turn. */
export async function refusalsOf(scenario: Scenario, world: World): Promise<Refusals> {
  const before = await codesOf(scenario, world)
  const played = await pMap(
    subjectsOf(scenario),
    async ({ action, place, key }) => {
      const { text, codes } = await codesOf(scenario, world, action, place)
      // A topic that may not be seen does not exist, and what puts records aside wraps what the cluster has said.
      const more = codes.filter(code => !before.codes.includes(code) && code !== 'KAFKA_REJECTED')
      const code = more.includes('DEAD_LETTER_UNREACHABLE') ? ['DEAD_LETTER_UNREACHABLE'] : more
      // A check says READ or WRITE, as an ACL does.
      const names = text.includes(action) || (scenario.file === 'check' && /(READ|WRITE) is not allowed/.test(text))
      return { key, code, names: code.length > 0 || scenario.file === 'settle-mappings' ? names : undefined, text }
    },
    { concurrency: AT_ONCE },
  )
  const own: Record<string, Reason> = reasons[scenario.file as keyof typeof reasons]
  return {
    found: played.map(({ text: _, ...refusal }) => refusal),
    documented: played.map(({ key }) => {
      const code = own[key]?.code
      return { key, code: code ? [code] : [], names: code || scenario.file === 'settle-mappings' ? true : undefined }
    }),
    repeated: played.filter(({ code, text }) => code.some(one => isRepeated(one, text))).map(({ key }) => key),
  }
}

/** Whether an error that a function has printed says that the same request may succeed if it is repeated. */
function isRepeated(code: string, printed: string): boolean {
  return !mayBeRepeated.includes(code) && new RegExp(`code: '${code}',\\s+retryable: true`).test(printed)
}

/** The codes of errors in what a function has answered and printed. */
async function codesOf(scenario: Scenario, world: World, action = '', place = '') {
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
