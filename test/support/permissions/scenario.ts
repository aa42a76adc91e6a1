import type { Statement } from '../../../lib/cloudformation/template.ts'
import type { DeployedFunctionName } from '../../../lib/connectors/resources/deployed-functions.ts'
import { roleId } from '../../../lib/connectors/resources/role.ts'
import { offsetMapTopic, offsetSyncsTopic } from '../../../lib/replication/offsets/offset-sync.ts'
import { expansionOf, statements } from '../connectors.ts'
import type { FunctionProcess, Outcome } from '../function-process.ts'
import { uniqueName } from '../stack.ts'
import { type Granted, grantedBy } from './granted.ts'
import { clusterOf, type World } from './world.ts'

/** What a run of a scenario has to itself. */
export interface Place {
  world: World
  /** A topic, a bucket and a role are called so, so that runs don't meet. */
  name: string
}

/** The work of one kind of function that needs each of its permissions. */
export interface Scenario {
  file: DeployedFunctionName
  /** What the declaration is about, where a function has several. */
  title: string
  /** The connector. */
  declared(name: string): Record<string, unknown>
  /** Makes what the function finds: topics, groups, objects. */
  prepare(place: Place): Promise<void>
  /** Calls the function as often as its work takes. */
  call(process: FunctionProcess, place: Place): Promise<Outcome[]>
  /** Variables that a test sets in addition. */
  environment?(place: Place): Record<string, string>
  /** The code of an error with which the store answers a request that the role may make. */
  fault?(request: { method: string; url: string }): Promise<string | undefined>
}

/** What a role's permissions have brought about. */
export interface Result {
  outcomes: Outcome[]
  /** All lines of the log, and whatever else was printed. */
  output: string
}

/** What a scenario's function is deployed with. */
export function deployedOf({ file, declared }: Pick<Scenario, 'file' | 'declared'>, name: string) {
  const expansion = expansionOf({ [name]: declared(name) })
  const [key = ''] = Object.entries(expansion.functions)
    .filter(([, { handler }]) => handler === `functions/${file}.handler`)
    .map(([key]) => key)
  const definition = expansion.functions[key]
  if (!definition) throw new Error(`No ${file} is deployed`)
  return {
    functionName: definition.name,
    environment: definition.environment as Record<string, string>,
    statements: statements(expansion, roleId(key)),
  }
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
) {
  const name = uniqueName(scenario.file)
  const place = { world, name }
  await scenario.prepare(place)
  const { functionName, environment, statements } = deployedOf(scenario, name)
  const { process, admitted } = await world.start(scenario.file, name, change(statements), {
    environment: { AWS_LAMBDA_FUNCTION_NAME: functionName, ...environment, ...scenario.environment?.(place) },
    names: internalTopics(name),
  })
  if (scenario.fault) admitted.fault = scenario.fault
  const outcomes = await scenario.call(process, place)
  const output = await process.stop()
  return { outcomes, output, admitted }
}

/** The names of a run's clusters: in the names of replication's own topics, so that runs don't meet. */
export function aliases(name: string) {
  const id = name.slice(-8)
  return { source: `s-${id}`, target: `t-${id}` }
}

/** Replication's own topics. */
export function internalTopics(name: string): string[] {
  return Object.values(aliases(name)).flatMap(alias => [offsetSyncsTopic(alias), offsetMapTopic(alias)])
}

/** Where a permission is: on a cluster, on mappings or functions of Lambda; empty where an action has one place only. */
export function placeOf({ action, resources }: Granted): string {
  const [arn = ''] = resources
  if (action.startsWith('kafka-cluster:')) return clusterOf(arn) ?? ''
  if (action.startsWith('lambda:') && /ListTags|TagResource$/.test(action)) return arn.includes(':function:') ? 'itself' : 'mappings'
  return ''
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
