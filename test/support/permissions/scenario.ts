import type { Statement } from '../../../lib/cloudformation/template.ts'
import { offsetMapTopic, offsetSyncsTopic } from '../../../lib/replication/offsets/offset-sync.ts'
import { type Deployed, placeOf } from '../../../local/permissions/deployed.ts'
import { grantedBy } from '../../../local/permissions/granted.ts'
import { aliasesOf } from '../../../local/permissions/samples.ts'
import type { FunctionProcess, Outcome } from '../function-process.ts'
import { uniqueName } from '../stack.ts'
import type { Admitted } from './guarded-aws.ts'
import type { World } from './world.ts'

/** A scenario in the title of a test. */
export const titleOf = ({ file, only }: Pick<Scenario, 'file' | 'only'>) => (only ? `${file}, ${only.title}` : file)

/** What a run of a scenario has to itself. */
export interface Place {
  world: World
  /** With what the names of its topics, buckets and roles begin, so that runs don't meet. */
  name: string
}

/** The work of a function that needs each of its permissions. */
export interface Scenario {
  /** The file of the function in `functions/`. */
  file: string
  /** What is special about it; permissions that only it needs. Absent: it needs all that no other scenario of the file has here. */
  only?: { title: string; actions: RegExp }
  deployed(name: string): Deployed
  /** Makes what the function finds: topics, groups, objects. */
  prepare(place: Place): Promise<void>
  /** Calls the function as often as its work takes. */
  call(process: FunctionProcess, place: Place): Promise<Outcome[]>
  /** The code of an error with which the store answers a request that the role may make. */
  fault?(request: { method: string; url: string }): Promise<string | undefined>
}

/** How a function went. */
export interface Played {
  outcomes: Outcome[]
  /** All that it printed. */
  output: string
  admitted: Admitted
}

/**
 * Runs a scenario.
 *
 * @param change what is different about the role's statements
 */
export async function play(
  scenario: Scenario,
  world: World,
  change: (statements: Statement[]) => Statement[] = all => all,
): Promise<Played> {
  const name = uniqueName(scenario.file)
  const place = { world, name }
  await scenario.prepare(place)
  const { functionName, environment, statements } = scenario.deployed(name)
  const { process, admitted } = await world.start(scenario.file, name, change(statements), {
    environment: { AWS_LAMBDA_FUNCTION_NAME: functionName, ...environment },
    names: internalTopics(name),
  })
  if (scenario.fault) admitted.fault = scenario.fault
  const outcomes = await scenario.call(process, place)
  return { outcomes, output: await process.stop(), admitted }
}

/** Replication's own topics. */
export function internalTopics(name: string): string[] {
  return Object.values(aliasesOf(name)).flatMap(alias => [offsetSyncsTopic(alias), offsetMapTopic(alias)])
}

/** The statements without an action in a place. */
export function without(statements: Statement[], action: string, place: string): Statement[] {
  return statements
    .map(statement => ({
      ...statement,
      Action: statement.Action.filter(one => {
        const [granted] = grantedBy([{ ...statement, Action: [one] }])
        return one !== action || !granted || placeOf(granted) !== place
      }),
    }))
    .filter(({ Action }) => Action.length > 0)
}
